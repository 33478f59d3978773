import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { TYPE } from '#core/wire/constants.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { askTcp } from '#test/support/dns-exchange.ts';
import { type SidecarProgram, startSidecarProgram } from '#test/support/sidecar-program.ts';
import { freePort } from '#tools/host/free-port.ts';

const run = promisify(execFile);

// The sidecar as it ships, from a folder, with a low limit that the loopback is not exempt from.
const limit = 20;
const host = 'app.cloud.example.com';
const folder = mkdtempSync(join(tmpdir(), 'dns-guard-'));
const queryLog = join(folder, 'queries.json');
let at: { readonly address: string; readonly port: number };
let metricsPort: number;
let adminPort: number;
let sidecar: SidecarProgram;

beforeAll(async () => {
  [at, metricsPort, adminPort] = [
    { address: '127.0.0.1', port: await freePort() },
    await freePort(),
    await freePort(),
  ];
  sidecar = startSidecarProgram(
    ...['--from=examples/two-regions/eu', `--state-dir=${folder}`, '--geotag=eu'],
    ...[`--listen=127.0.0.1:${at.port}`, `--metrics=127.0.0.1:${metricsPort}`],
    ...[`--admin=127.0.0.1:${adminPort}`, '--log-format=json', `--query-log=${queryLog}`],
    ...[`--rrl-responses-per-second=${limit}`, '--rrl-window=2', '--rrl-exempt-clients=127.9.0.0/16'],
    ...['--tcp-clients=40', '--tcp-clients-per-source=30'],
  );
  await vi.waitFor(async () => expect(await isReady()).toBe(200), { timeout: 10_000 });
});

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});
afterAll(async () => {
  await sidecar?.end();
  rmSync(folder, { recursive: true });
});

const isReady = () =>
  fetch(`http://127.0.0.1:${adminPort}/ready`).then(
    ({ status }) => status,
    () => 0,
  );

async function metric(series: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? Number.NaN);
}

const question = (name: string, type: number = TYPE.A, id = 1): Buffer =>
  Buffer.concat([
    Buffer.from([id >> 8, id & 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    nameOf(name),
    Buffer.from([type >> 8, type & 0xff, 0, 1]),
  ]);

/** A socket at an address of the loopback, and the replies that came to it. */
async function source(
  address: string,
  port = 0,
): Promise<{ readonly socket: Socket; readonly replies: Buffer[] }> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
  const replies: Buffer[] = [];
  socket.on('message', (reply: Buffer) => replies.push(reply));
  socket.bind(port, address);
  await once(socket, 'listening');
  closers.push(() => socket.close());
  return { socket, replies };
}

/** Sends `count` queries as fast as they are taken, and waits until no more replies come. */
async function flood(
  sources: readonly { readonly socket: Socket; readonly replies: Buffer[] }[],
  count: number,
  query: (k: number) => Buffer,
): Promise<void> {
  for (let k = 0; k < count; k += 1) {
    sources[k % sources.length]?.socket.send(query(k), at.port, at.address);
    if (k % 50 === 0) await pause(1);
  }
  const received = () => sources.reduce((sum, { replies }) => sum + replies.length, 0);
  for (let before = -1; before !== received(); await pause(100)) before = received();
}

const isTruncated = (reply: Buffer) => ((reply[2] ?? 0) & 0x02) !== 0;

describe('under a flood with the addresses of one network', () => {
  it('that network gets little more than its share, truncated replies no longer than the queries, and is answered over TCP', async () => {
    const before = await metric('gslb_dns_rate_limited_total{action="drop"}');
    const victims = await Promise.all([1, 2, 200].map((last) => source(`127.1.1.${last}`)));
    const bystander = await source('127.2.2.2');
    const begin = performance.now();
    const query = question(host);
    const flooding = flood(victims, 3000, () => query);
    for (let k = 0; k < 10; k += 1) {
      bystander.socket.send(query, at.port, at.address);
      await pause(20);
    }
    await flooding;
    const seconds = (performance.now() - begin) / 1000;

    const replies = victims.flatMap((victim) => victim.replies);
    const whole = replies.filter((reply) => !isTruncated(reply));
    const slipped = replies.filter(isTruncated);
    expect(whole.length).toBeGreaterThanOrEqual(limit);
    expect(whole.length).toBeLessThanOrEqual(limit * (1 + seconds));
    expect(slipped.length).toBeGreaterThan(1000);
    for (const reply of slipped) {
      expect(reply.length).toBeLessThanOrEqual(query.length);
      expect(readMessage(reply)).toMatchObject({ ok: true, value: { truncated: true, answers: [] } });
    }
    const bytes = replies.reduce((sum, reply) => sum + reply.length, 0);
    expect(bytes).toBeLessThan(3000 * query.length);
    expect(await metric('gslb_dns_rate_limited_total{action="drop"}')).toBeGreaterThan(before + 1000);

    expect(bystander.replies.filter((reply) => !isTruncated(reply))).toHaveLength(10);
    const [overTcp] = await askTcp(at, query);
    expect(overTcp && readMessage(overTcp)).toMatchObject({
      ok: true,
      value: { rcode: 0, truncated: false },
    });
  });

  it('names that do not exist are one subject', async () => {
    const victim = await source('127.3.3.3');
    await flood([victim], 1000, (k) => question(`r${k}.cloud.example.com`));
    expect(victim.replies.filter((reply) => !isTruncated(reply)).length).toBeLessThan(limit * 10);
    const [first] = victim.replies;
    expect(first && readMessage(first)).toMatchObject({ value: { rcode: 3 } });
    victim.replies.length = 0;
    await flood([victim], 5, () => question(host));
    expect(victim.replies.filter((reply) => !isTruncated(reply))).toHaveLength(5);
  });

  it('exempt clients get all their answers', async () => {
    const exempt = await source('127.9.9.9');
    await flood([exempt], 1000, () => question(host));
    expect(exempt.replies.filter((reply) => !isTruncated(reply))).toHaveLength(1000);
  });

  it('a client with a valid cookie gets all its answers', async () => {
    const client = await source('127.6.6.6');
    const withCookie = (octets: Uint8Array) => {
      const query = Buffer.concat([
        question(host),
        Buffer.from([0, 0, TYPE.OPT, 4, 208, 0, 0, 0, 0, 0, octets.length + 4, 0, 10, 0, octets.length]),
        octets,
      ]);
      query.writeUInt16BE(1, 10);
      return query;
    };
    await flood([client], 1, () => withCookie(Buffer.alloc(8, 1)));
    // Our reply ends with the cookie.
    const cookie = Buffer.from(client.replies[0]?.subarray(-24) ?? []);
    expect([...cookie.subarray(0, 8)]).toEqual(Array(8).fill(1));
    client.replies.length = 0;
    await flood([client], 500, () => withCookie(cookie));
    expect(client.replies.filter((reply) => !isTruncated(reply))).toHaveLength(500);
    // Somebody else's does not help.
    const forger = await source('127.7.7.7');
    await flood([forger], 500, () => withCookie(cookie));
    expect(forger.replies.filter((reply) => !isTruncated(reply)).length).toBeLessThan(limit * 10);
  });

  it('the log has one line for a window, not for each packet', async () => {
    const lines = () =>
      sidecar.output.filter((line) => line.includes('more often than the rate limit allows'));
    await expect.poll(() => lines().length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(lines().length).toBeLessThan(10);
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({
      level: 'warn',
      seconds: 2,
      lastClients: [/127\.\d\.\d\.0\/24/],
    });
  });
});

describe('many networks at once', () => {
  it('take no memory and keep nobody from an answer', async () => {
    const sources = await Promise.all(Array.from({ length: 250 }, (_, k) => source(`127.20.${k}.1`)));
    await flood(sources, 5000, () => question(host));
    const rss = await metric('process_resident_memory_bytes');
    await flood(sources, 20_000, (k) => question(`n${k}.cloud.example.com`));
    expect((await metric('process_resident_memory_bytes')) - rss).toBeLessThan(60e6);
    const other = await source('127.21.0.1');
    await flood([other], 3, () => question(host));
    expect(other.replies.filter((reply) => !isTruncated(reply))).toHaveLength(3);
  });
});

describe('packets that never get an answer', () => {
  it('responses', async () => {
    const silenced = 'gslb_dns_dropped_total{reason="malformed_or_response"}';
    const before = await metric(silenced);
    const sender = await source('127.4.4.4');
    const response = question(host);
    response[2] = 0x80;
    await flood([sender], 10, () => response);
    expect(sender.replies).toEqual([]);
    expect(await metric(silenced)).toBe(before + 10);
  });

  it.skipIf(process.getuid?.() !== 0).each([7, 19])('anything from port %i', async (port) => {
    const refused = 'gslb_dns_dropped_total{reason="refused_port"}';
    const before = await metric(refused);
    const sender = await source('127.4.4.5', port);
    await flood([sender], 10, () => question(host));
    expect(sender.replies).toEqual([]);
    expect(await metric(refused)).toBe(before + 10);
  });
});

describe('TCP', () => {
  const opened = async (localAddress: string) => {
    const socket = connect({ host: at.address, port: at.port, localAddress });
    socket.on('error', () => undefined);
    closers.push(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };

  it('silent and dribbling clients from many addresses keep no other from an answer', async () => {
    for (let k = 0; k < 100; k += 1) {
      const socket = await opened(`127.30.0.${1 + (k % 200)}`);
      if (k % 2 === 0) socket.write(Buffer.of(0));
    }
    for (let k = 0; k < 5; k += 1)
      expect(readMessage((await askTcp(at, question(host)))[0] ?? new Uint8Array())).toMatchObject({
        ok: true,
      });
    expect(await metric('gslb_dns_tcp_connections')).toBeLessThanOrEqual(40);
    await expect
      .poll(() => metric('gslb_dns_tcp_closed_total{reason="too_many"}'), { timeout: 5000 })
      .toBeGreaterThan(50);
  });

  it('a connection has small buffers in the kernel', async () => {
    if ((await metric('gslb_dns_io{way="ffi"}')) !== 1) return expect(process.platform).not.toBe('linux');
    await opened('127.32.0.1');
    const { stdout } = await run('ss', ['-tmnH', 'state', 'established', `sport = :${at.port}`]);
    const sizes = [...stdout.matchAll(/,rb(\d+),.*?,tb(\d+),/g)].map(([, ...each]) => each.map(Number));
    expect(sizes.length).toBeGreaterThan(0);
    for (const each of sizes) expect(each).toEqual([32_768, 65_536]);
  });

  it('one address has no more than its share', async () => {
    for (let k = 0; k < 35; k += 1) await opened('127.31.0.1');
    await expect
      .poll(() => metric('gslb_dns_tcp_closed_total{reason="client_has_too_many"}'), { timeout: 5000 })
      .toBeGreaterThanOrEqual(5);
    expect(await askTcp(at, question(host))).toHaveLength(1);
  });
});

it('the query log has every query with what became of it', async () => {
  const lines = () =>
    readFileSync(queryLog, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  await expect.poll(() => lines().some(({ transport }) => transport === 'tcp'), { timeout: 5000 }).toBe(true);
  const actions = new Set(lines().map(({ action }) => action));
  expect(actions).toEqual(new Set(['send', 'slip', 'drop', 'silence']));
  const taken = await metric('gslb_dns_query_log_total');
  const lost = await metric('gslb_dns_query_log_lost_total');
  await expect.poll(() => lines().length, { timeout: 5000 }).toBeGreaterThanOrEqual(taken - lost);
});
