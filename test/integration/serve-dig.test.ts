import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';

const run = promisify(execFile);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const zone = 'cloud.example.com';
const addresses = (count: number) => Array.from({ length: count }, (_, k) => `10.0.0.${k + 1}`);
const fixed = (...list: readonly string[]): Choice => ({ kind: 'fixed', addresses: list });
const name = (owner: string, a: Choice, aaaa: Choice = fixed()): NameAnswers => ({
  name: owner,
  zone,
  a,
  aaaa,
  ttlSeconds: 30,
  negativeTtlSeconds: 5,
});

let server: DnsServer;

async function start(io: 'ffi' | 'dgram'): Promise<void> {
  server = await startDnsServer(
    {
      io,
      listen: [{ address: '127.0.0.1', port: 0 }],
      log: silent,
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    new AbortController().signal,
  );
  server.patch({
    zones: [
      {
        name: zone,
        nameServers: ['gslb-ns-eu-cloud.example.com', 'gslb-ns-us-cloud.example.com'],
        nsTtlSeconds: 300,
        negativeTtlSeconds: 20,
        serial: 7,
      },
    ],
    names: [
      name('app.cloud.example.com', fixed('10.0.0.1', '10.0.0.2'), fixed('fd00::1')),
      name('turning.cloud.example.com', { kind: 'rotate', addresses: addresses(4) }),
      name('sixty.cloud.example.com', fixed(...addresses(60))),
      name('*.apps.cloud.example.com', fixed('10.0.0.9')),
      name('deep.below.cloud.example.com', fixed('10.0.0.8')),
    ],
    removed: [],
  });
  await vi.waitFor(() => expect(server.counters().snapshot.names).toBe(5), { timeout: 10_000 });
}

/** What dig prints, with runs of blanks made one. It tries once and waits 2 s. */
async function dig(...words: readonly string[]): Promise<string> {
  const port = String(server.listening()[0]?.port);
  const { stdout } = await run('dig', ['@127.0.0.1', '-p', port, '+tries=1', '+timeout=2', ...words]);
  return stdout.replaceAll(/[ \t]+/g, ' ');
}

const addressesIn = (text: string) => [...text.matchAll(/ IN A (\S+)/g)].map(([, address]) => address);

describe.each(['ffi', 'dgram'] as const)('dig, of a server by node:%s', (io) => {
  beforeAll(() => start(io));
  afterAll(() => server.close());

  it('gets an authoritative answer with EDNS', async () => {
    const text = await dig('app.cloud.example.com');
    expect(text).toMatch(
      /status: NOERROR.*\n;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1/,
    );
    expect(text).toContain('; EDNS: version: 0, flags:; udp: 1232');
    expect(text).toContain('WARNING: recursion requested but not available');
    expect(text).toContain(
      'app.cloud.example.com. 30 IN A 10.0.0.1\napp.cloud.example.com. 30 IN A 10.0.0.2\n',
    );
  });

  it.each([
    ['TCP', ['+tcp']],
    ['no EDNS', ['+noedns']],
    ['DNSSEC asked for', ['+dnssec']],
    ['mixed case', ['aPP.Cloud.EXAMPLE.com']],
    ['no recursion asked for', ['+norec']],
    ['ECS, NSID, keepalive, padding', ['+subnet=192.0.2.0/24', '+nsid', '+keepalive', '+padding=64']],
    ['an unknown option', ['+ednsopt=65001:0102']],
    ['unknown EDNS flags', ['+ednsflags=0x00ff']],
  ])('gets the same answer with %s', async (_, options) => {
    const owner = options.some((word) => word.includes('.EXAMPLE')) ? [] : ['app.cloud.example.com'];
    const text = await dig(...owner, ...options);
    expect(text).toContain('status: NOERROR');
    expect(addressesIn(text)).toEqual(['10.0.0.1', '10.0.0.2']);
    if (options[0] === '+noedns') expect(text).not.toContain('OPT PSEUDOSECTION');
    if (options[0] === '+dnssec') expect(text).toContain('flags: do;');
    if (owner.length === 0) expect(text).toContain('aPP.Cloud.EXAMPLE.com. 30 IN A 10.0.0.1');
  });

  it('gets TC with 60 addresses in 512 octets, all of them over TCP and in 1232', async () => {
    const cut = await dig('sixty.cloud.example.com', '+bufsize=512', '+ignore');
    expect(cut).toMatch(/flags: qr aa tc rd; QUERY: 1, ANSWER: 0,/);
    const again = await dig('sixty.cloud.example.com', '+bufsize=512');
    expect(again).toContain(';; Truncated, retrying in TCP mode.');
    expect(addressesIn(again)).toEqual(addresses(60));
    expect(addressesIn(await dig('sixty.cloud.example.com', '+ignore'))).toEqual(addresses(60));
  });

  it('gets the addresses turned', async () => {
    const first = new Set<string | undefined>();
    for (let k = 0; k < 60 && first.size < 4; k += 1)
      first.add(addressesIn(await dig('turning.cloud.example.com'))[0]);
    expect([...first].toSorted()).toEqual(addresses(4));
  });

  it.each([
    [
      'a wildcard',
      ['foo.bar.apps.cloud.example.com'],
      'NOERROR',
      'foo.bar.apps.cloud.example.com. 30 IN A 10.0.0.9',
    ],
    ['AAAA', ['app.cloud.example.com', 'AAAA'], 'NOERROR', 'app.cloud.example.com. 30 IN AAAA fd00::1'],
    [
      'NS',
      ['cloud.example.com', 'NS'],
      'NOERROR',
      'cloud.example.com. 300 IN NS gslb-ns-us-cloud.example.com.',
    ],
    [
      'SOA',
      ['cloud.example.com', 'SOA'],
      'NOERROR',
      'cloud.example.com. 20 IN SOA gslb-ns-eu-cloud.example.com. hostmaster.cloud.example.com. 7 3600 600 604800 20',
    ],
    ['an empty non-terminal', ['below.cloud.example.com'], 'NOERROR', 'cloud.example.com. 20 IN SOA '],
    ['a name that is not there', ['nope.cloud.example.com'], 'NXDOMAIN', 'cloud.example.com. 20 IN SOA '],
    ['a type that it has not', ['app.cloud.example.com', 'MX'], 'NOERROR', 'cloud.example.com. 5 IN SOA '],
    ['an unknown type', ['app.cloud.example.com', 'TYPE65280'], 'NOERROR', 'cloud.example.com. 5 IN SOA '],
    ['HTTPS', ['app.cloud.example.com', 'HTTPS'], 'NOERROR', 'cloud.example.com. 5 IN SOA '],
    ['ANY', ['app.cloud.example.com', 'ANY'], 'NOERROR', 'app.cloud.example.com. 30 IN A 10.0.0.2'],
    ['a name of others', ['example.org'], 'REFUSED', '; EDE: 20 (Not Authoritative)'],
    ['version.bind', ['version.bind', 'TXT', 'CH'], 'REFUSED', ''],
    ['AXFR over TCP', ['cloud.example.com', 'AXFR'], '', '; Transfer failed.'],
    ['opcode 14', ['app.cloud.example.com', '+opcode=14'], 'NOTIMP', ''],
    ['NOTIFY', ['cloud.example.com', 'SOA', '+opcode=notify'], 'REFUSED', ''],
    ['a header alone', ['+header-only', '+nocookie'], 'FORMERR', ''],
    [
      'EDNS version 1',
      ['app.cloud.example.com', '+edns=1', '+noednsnegotiation'],
      'BADVERS',
      'EDNS: version: 0',
    ],
  ])('asking for %s', async (_, words, status, line) => {
    const text = await dig(...words);
    expect(text).toContain(status === '' ? '' : `status: ${status},`);
    expect(text).toContain(line);
    expect(text).not.toMatch(/malformed|mismatch|extra bytes/i);
  });

  it('keeps a TCP connection for several queries', async () => {
    const before = server.counters().tcp.accepted;
    const text = await dig(
      '+tcp',
      '+keepopen',
      'app.cloud.example.com',
      '+tcp',
      '+keepopen',
      'sixty.cloud.example.com',
    );
    expect(addressesIn(text)).toHaveLength(62);
    expect(server.counters().tcp.accepted).toBe(before + 1);
  });

  it('left nothing failed behind', () => {
    expect(server.counters()).toMatchObject({
      io: { way: io },
      failed: 0,
      dropped: { silenced: 0, sendQueueFull: 0 },
    });
  });
});
