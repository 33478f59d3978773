import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseDatagrams } from './choose.ts';
import type { Bind, Datagrams, Responder } from './datagrams.ts';
import { dgramDatagrams } from './dgram-datagrams.ts';
import { ERRNO } from './errno.ts';
import { fallingBack } from './falling-back.ts';
import { ffiDatagrams } from './ffi-datagrams.ts';
import { type Libc, openLibc } from './libc.ts';
import { selfTest } from './self-test.ts';

/** For a busy machine; each is met within milliseconds on an idle one. */
const patience = { timeout: 40_000 };

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const found = openLibc();
const libc = 'reason' in found ? undefined : found;
/** libc with some functions replaced, to make it fail. */
const broken = (parts: Partial<Libc>) => ffiDatagrams({ ...(libc as Libc), ...parts });

interface Seen {
  readonly troubles: string[];
  readonly batches: number[];
  readonly ports: number[];
  readonly lost: unknown[];
}

/** Serves an echo of what comes, but silence for what begins with `-`. */
async function echo(datagrams: Datagrams, bind: Partial<Bind> = {}, replyBytes = 1232) {
  const seen: Seen = { troubles: [], batches: [], ports: [], lost: [] };
  const sender = { address: new Uint8Array(16), port: 0, receivedMs: 0 };
  const responder: Responder = {
    sender,
    replyBytes,
    respond: (bytes, length, out) => {
      seen.ports.push(sender.port);
      if (bytes[0] === 0x2d) return 0;
      const size = Math.min(length, replyBytes);
      out.set(bytes.subarray(0, size));
      return size;
    },
    onBatch: (messages) => seen.batches.push(messages),
    onTrouble: (what) => seen.troubles.push(what),
  };
  const at = { address: '127.0.0.1', port: 0, ...bind };
  const server = await datagrams.open(at, responder, (error) => seen.lost.push(error));
  closers.push(server.close);
  return { ...seen, server, port: server.port };
}

/** A client that collects what it is sent. */
async function client(address = '127.0.0.1') {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const replies: string[] = [];
  const senders: RemoteInfo[] = [];
  socket.on('message', (bytes, from) => {
    replies.push(bytes.toString());
    senders.push(from);
  });
  socket.bind(0, address);
  await once(socket, 'listening');
  closers.push(() => socket.close());
  const send = (port: number, ...texts: readonly string[]) => {
    for (const text of texts) socket.send(text, port, address);
  };
  return { socket, replies, senders, send };
}

const numbered = (count: number, prefix = '') => Array.from({ length: count }, (_, k) => `${prefix}${k}`);
const portOf = (socket: Socket) => socket.address().port;

describe.each(['ffi', 'dgram'] as const)('datagrams by node:%s', { timeout: 90_000 }, async (wish) => {
  const { way, datagrams } = await chooseDatagrams(wish);

  it('are to be had here', () => expect(way).toBe(wish));

  it.each(['127.0.0.1', '::1'])('are answered to their sender at %s', async (address) => {
    const { port, ports, lost } = await echo(datagrams, { address });
    const one = await client(address);
    const two = await client(address);
    one.send(port, ...numbered(100, 'one '));
    two.send(port, ...numbered(100, 'two '));
    await expect.poll(() => one.replies.length + two.replies.length, patience).toBe(200);
    expect(one.replies).toEqual(numbered(100, 'one '));
    expect(two.replies).toEqual(numbered(100, 'two '));
    expect(one.senders.every((from) => from.address === address && from.port === port)).toBe(true);
    expect(new Set(ports)).toEqual(new Set([portOf(one.socket), portOf(two.socket)]));
    expect(lost).toEqual([]);
  });

  it('without an answer leave those beside them theirs', async () => {
    const { port } = await echo(datagrams);
    const texts = numbered(64).map((text, k) => (k % 3 === 0 ? `-${text}` : text));
    const quiet = await client();
    const heard = await client();
    for (const text of texts) (text.startsWith('-') ? quiet : heard).send(port, text);
    const wanted = texts.filter((text) => !text.startsWith('-'));
    await expect.poll(() => heard.replies, patience).toEqual(wanted);
    expect(quiet.replies).toEqual([]);
  });

  it('are cut at 4096 octets, and empty ones read too', async () => {
    const { port, ports } = await echo(datagrams, {}, 5000);
    const { replies, send } = await client();
    send(port, '', 'x'.repeat(60_000), 'y'.repeat(4096));
    await expect.poll(() => replies.length, patience).toBe(2);
    expect(replies).toEqual(['x'.repeat(4096), 'y'.repeat(4096)]);
    expect(ports).toHaveLength(3);
  });

  it('come through several sockets of one thread, which close one by one', async () => {
    const servers = [await echo(datagrams), await echo(datagrams, { address: '::1' }), await echo(datagrams)];
    const [v4, v6] = [await client(), await client('::1')];
    for (const [k, { port, server }] of servers.entries()) {
      const one = k === 1 ? v6 : v4;
      one.send(port, `to ${k}`);
      await expect.poll(() => one.replies, patience).toContain(`to ${k}`);
      await server.close();
    }
  });

  it('of a port that somebody has are refused, and are to be had when it is free', async () => {
    const { socket } = await client();
    const port = portOf(socket);
    for (const shares of ['no', 'first'] as const)
      await expect(echo(datagrams, { port, shares })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    closers.pop();
    await once(socket.close(), 'close');
    expect((await echo(datagrams, { port })).port).toBe(port);
  });

  it.each([
    ['192.0.2.1', 'EADDRNOTAVAIL'],
    ['fe80::1%none', 'EINVAL'],
  ])('of %s, which is not ours, are refused', async (address, code) => {
    await expect(echo(datagrams, { address })).rejects.toMatchObject({ code });
  });

  it('of one port are spread over the sockets that joined, and no stranger may take it', async () => {
    const first = await echo(datagrams, { shares: 'first' });
    const { port } = first;
    const second = await echo(datagrams, { port, shares: 'joins' });
    for (const shares of ['no', 'first'] as const)
      await expect(echo(datagrams, { port, shares })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const clients = await Promise.all(Array.from({ length: 40 }, () => client()));
    for (const { send } of clients) send(port, 'hello');
    await expect.poll(() => clients.filter(({ replies }) => replies.length === 1).length, patience).toBe(40);
    expect(Math.min(first.ports.length, second.ports.length)).toBeGreaterThan(4);
  });

  it('leave the event loop its turn while they come without end', async () => {
    const { port, ports } = await echo(datagrams);
    const { socket, send } = await client();
    let goesOn = true;
    closers.push(() => {
      goesOn = false;
    });
    // Each reply is a question again: there is always something to read.
    socket.on('message', (bytes) => {
      if (goesOn) socket.send(bytes, port, '127.0.0.1');
    });
    send(port, ...numbered(64));
    const { port1, port2 } = new MessageChannel();
    closers.push(() => port1.close());
    for (let k = 0; k < 20; k += 1) {
      await new Promise((later) => setTimeout(later, 1));
      await new Promise((later) => setImmediate(later));
      port1.postMessage(k);
      await once(port2, 'message');
    }
    expect(ports.length).toBeGreaterThan(64);
  });
});

describe.runIf(libc !== undefined)('node:ffi', () => {
  it('prints no warning, and is passed over where it is not there', async () => {
    const warnings: unknown[] = [];
    const hear = (warning: Error) => warnings.push(warning.name);
    process.on('warning', hear);
    closers.push(() => process.off('warning', hear));
    openLibc();
    await new Promise((later) => setImmediate(later));
    expect(warnings).toEqual([]);
    expect(await chooseDatagrams('auto', () => ({ reason: 'no such thing' }))).toEqual({
      way: 'dgram',
      datagrams: dgramDatagrams,
      reason: 'no such thing',
    });
  });

  it.each<[string, Partial<Libc>, string]>([
    ['a system without the calls', { recvmmsg: failing(), errno: () => ERRNO.ENOSYS }, 'ENOSYS'],
    ['a filter that forbids sockets', { socket: failing(), errno: () => ERRNO.EPERM }, 'EPERM'],
    ['replies that never leave', { sendmmsg: swallowing() }, 'replies are missing'],
    [
      'a way of sending that fails each time',
      { sendmmsg: failing(), errno: () => ERRNO.EPERM },
      'replies are missing',
    ],
    ['batches that are cut', { sendmmsg: cutting() }, 'replies are missing'],
  ])('fails its self-test with %s', async (_, parts, words) => {
    const reason = await selfTest(broken(parts), 300);
    expect(reason).toContain('its self-test over 127.0.0.1 failed: ');
    expect(reason).toContain(words);
  });

  it('goes on after errors that pass', async () => {
    let reads = 0;
    const passing = [111, 113, 101, 105, 12, ERRNO.EINVAL];
    const { recvmmsg, errno } = libc as Libc;
    let current: number | undefined;
    const { port, troubles } = await echo(
      broken({
        recvmmsg: (...words: Parameters<Libc['recvmmsg']>) => {
          current = passing[reads];
          reads += 1;
          return current === undefined ? Reflect.apply(recvmmsg, undefined, words) : -1;
        },
        errno: () => current ?? errno(),
      }),
    );
    const { replies, send } = await client();
    send(port, 'still there');
    await expect.poll(() => replies, patience).toEqual(['still there']);
    expect(troubles).toEqual(passing.map(() => 'receive'));
  });

  it('leaves out the reply that the system refuses, and sends the others', async () => {
    const { sendmmsg, errno } = libc as Libc;
    const refused = [ERRNO.EMSGSIZE, ERRNO.EAGAIN, ERRNO.EAGAIN, ERRNO.EPERM];
    let current: number | undefined;
    const { port, troubles, ports } = await echo(
      broken({
        sendmmsg: (...words: Parameters<Libc['sendmmsg']>) => {
          current = refused.shift();
          return current === undefined ? Reflect.apply(sendmmsg, undefined, words) : -1;
        },
        errno: () => current ?? errno(),
      }),
    );
    const { replies, send } = await client();
    send(port, ...numbered(8));
    await expect.poll(() => ports.length, patience).toBe(8);
    await expect.poll(() => replies.length + troubles.length, patience).toBe(8);
    expect(troubles.toSorted()).toEqual(['full', 'send', 'send']);
  });

  it('gives way to node:dgram on the same port when it fails for good', async () => {
    const { recvmmsg, errno } = libc as Libc;
    let isBroken = false;
    const failures: unknown[] = [];
    const datagrams = fallingBack(
      broken({
        recvmmsg: (...words: Parameters<Libc['recvmmsg']>) =>
          isBroken ? -1 : Reflect.apply(recvmmsg, undefined, words),
        errno: () => (isBroken ? ERRNO.ENOSYS : errno()),
      }),
      dgramDatagrams,
      (error) => failures.push(error),
    );
    const [one, two] = [await echo(datagrams), await echo(datagrams)];
    const { replies, send } = await client();
    send(one.port, 'before');
    await expect.poll(() => replies, patience).toEqual(['before']);
    isBroken = true;
    // The question that meets the failure stays in the socket that is given up.
    for (const { port } of [one, two]) {
      await expect
        .poll(() => {
          send(port, `after ${port}`);
          return replies;
        }, patience)
        .toContain(`after ${port}`);
    }
    expect(failures).toMatchObject([{ code: 'ENOSYS', syscall: 'recvmmsg or sendmmsg' }]);
    expect([...one.lost, ...two.lost]).toEqual([]);
    const third = await echo(datagrams);
    send(third.port, 'third');
    await expect.poll(() => replies, patience).toContain('third');
  });
});

function failing() {
  return () => -1;
}

/** Says that everything was sent. */
function swallowing(): Libc['sendmmsg'] {
  return (_socket, _messages, count) => count;
}

/** Sends only the first of each batch, and says that all were. */
function cutting(): Libc['sendmmsg'] {
  return (socket, messages, count, flags) => {
    (libc as Libc).sendmmsg(socket, messages, 1, flags);
    return count;
  };
}
