import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { exchangeOverTcp, serverText } from './tcp.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A TCP server that does as told with each connection. */
async function listen(behaviour: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    behaviour(socket);
  }).listen(0, '127.0.0.1');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

const never = new AbortController().signal;

describe('exchange over TCP', () => {
  it('frames the message, and puts a reply together that comes octet by octet', async () => {
    const server = await listen((socket) => {
      socket.setNoDelay(true);
      socket.once('data', async (request: Buffer) => {
        for (const octet of request) {
          socket.write(Uint8Array.of(octet));
          await new Promise((resolve) => setImmediate(resolve));
        }
        socket.end(Uint8Array.of(0, 1, 0xff));
      });
    });
    const message = Buffer.from('a message of some octets');
    const reply = await exchangeOverTcp(server, message, { timeoutMs: 5_000, signal: never });
    expect(reply).toEqual(message);
  });

  it.each<[string, (socket: Socket) => void]>([
    ['at once', (socket) => socket.destroy()],
    ['in the middle of the length', (socket) => socket.end(Uint8Array.of(0))],
    ['in the middle of the reply', (socket) => socket.end(Uint8Array.of(0, 9, 1, 2))],
  ])('says so when the server hangs up %s', async (_title, behaviour) => {
    const server = await listen(behaviour);
    const exchange = exchangeOverTcp(server, Buffer.alloc(12), { timeoutMs: 5_000, signal: never });
    await expect(exchange).rejects.toMatchObject({ code: 'closed', name: 'ExchangeError' });
  });

  it('gives up after the time allowed, also with half a reply', async () => {
    const server = await listen((socket) => socket.write(Uint8Array.of(0, 9, 1, 2)));
    const exchange = exchangeOverTcp(server, Buffer.alloc(12), { timeoutMs: 30, signal: never });
    await expect(exchange).rejects.toMatchObject({ code: 'timeout' });
  });

  it('tells a port where nothing listens', async () => {
    const server = await listen(() => undefined);
    cleanups.pop()?.();
    await new Promise((resolve) => setImmediate(resolve));
    const exchange = exchangeOverTcp(server, Buffer.alloc(12), { timeoutMs: 5_000, signal: never });
    await expect(exchange).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(serverText(server)),
    });
  });

  it.each([
    ['before it began', 0],
    ['on its way', 20],
  ])('ends when it is aborted %s', async (_title, afterMs) => {
    const server = await listen(() => undefined);
    const abort = new AbortController();
    if (afterMs === 0) abort.abort();
    else setTimeout(() => abort.abort(), afterMs);
    const exchange = exchangeOverTcp(server, Buffer.alloc(12), { timeoutMs: 5_000, signal: abort.signal });
    await expect(exchange).rejects.toMatchObject({ code: 'aborted' });
  });

  it('writes an IPv6 server in brackets', () => {
    expect(serverText({ address: '2001:db8::53', port: 53 })).toBe('[2001:db8::53]:53');
  });
});
