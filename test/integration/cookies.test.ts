import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#test/differential/random.ts';
import { startOurs } from '#test/differential/servers.ts';
import { makeWorld } from '#test/differential/world.ts';
import { askTcp, type Endpoint } from '#test/support/dns-exchange.ts';

const mine = Buffer.from('0102030405060708', 'hex');

/** A query for the SOA of test with a cookie option. */
function query(cookie: Buffer): Buffer {
  const head = Buffer.from('1234000000010000000000010474657374000006000100002904d000000000', 'hex');
  const lengths = Buffer.from([0, cookie.length + 4, 0, 10, 0, cookie.length]);
  return Buffer.concat([head, lengths, cookie]);
}

const cookieIn = (reply: Uint8Array) => {
  const bytes = Buffer.from(reply);
  return bytes.subarray(bytes.lastIndexOf(mine), bytes.lastIndexOf(mine) + 24);
};

/** The cookie in the reply to a question over UDP from a port of `from`. */
async function askFrom(from: string, to: Endpoint, cookie: Buffer): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, from);
    await once(socket, 'listening');
    const reply = once(socket, 'message', { signal: AbortSignal.timeout(3000) });
    socket.send(query(cookie), to.port, to.address);
    return cookieIn((await reply)[0]).toString('hex');
  } finally {
    socket.close();
  }
}

describe.each(['ffi', 'dgram'] as const)('cookies over %s', (io) => {
  const stop = new AbortController();
  let server: Endpoint;

  beforeAll(async () => {
    server = await startOurs(makeWorld(createRandom(1), 20), stop.signal, { io, threads: 2 });
  });
  afterAll(() => stop.abort());

  it('are good for one address, whichever thread and transport', async () => {
    const given = await askFrom('127.0.0.1', server, mine);
    const good = Buffer.from(given, 'hex');
    // Each socket has a port of its own, by which the kernel spreads them over threads.
    for (let k = 0; k < 20; k += 1) expect(await askFrom('127.0.0.1', server, good)).toBe(given);
    const [reply = new Uint8Array()] = await askTcp(server, query(good));
    expect(cookieIn(reply).toString('hex')).toBe(given);
    const other = await askFrom('127.0.0.2', server, good);
    expect(other).not.toBe(given);
    expect(other.slice(0, 16)).toBe(given.slice(0, 16));
  });
});
