import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAnswerer } from './answerer.ts';
import { cloud, fixed, inWords, manyAddresses, name, question, settingsOf } from './answers.fixture.ts';
import { createCompiler } from './compiler.ts';
import { createCounters, type DnsCounters, readCounters } from './counters.ts';
import type { OpenedSocket } from './listeners.ts';
import { tcpOver } from './tcp.ts';
import { type TcpLimits, usualTcpLimits } from './tcp-connection.ts';

/** For a busy machine; each is met within milliseconds on an idle one. */
const patience = { timeout: 40_000 };

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A server for `app.cloud.example.com` with 1,000 addresses on a free port, and how to reach it. */
async function serveTcp(limits: Partial<TcpLimits> = {}): Promise<{
  readonly connect: () => Promise<Socket>;
  readonly counters: () => DnsCounters;
  readonly server: OpenedSocket;
}> {
  const counters = createCounters();
  const { answer, patch } = createAnswerer({
    seed: 1,
    settings: settingsOf(),
    counters,
    onFailure: (error) => {
      throw error;
    },
  });
  const bytes = createCompiler(() => undefined).compile({
    zones: [cloud],
    names: [name('app.cloud.example.com', { a: fixed(...manyAddresses(1000)) })],
    removed: [],
  });
  if (bytes !== undefined) patch(bytes);
  const open = tcpOver({
    answer,
    counters,
    limits: { ...usualTcpLimits, sweepMs: 10, ...limits },
    now: () => performance.now(),
  });
  const server = await open('127.0.0.1', 0, (error) => {
    throw error;
  });
  closers.push(server.close);
  return {
    server,
    counters: () => readCounters(counters),
    connect: async () => {
      const socket = connect({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      closers.push(() => socket.destroy());
      await once(socket, 'connect');
      return socket;
    },
  };
}

function framed(...messages: readonly Buffer[]): Buffer {
  return Buffer.concat(
    messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 0xff]), message]),
  );
}

/** Resolves when the connection is closed, in order or broken. */
function closed(socket: Socket): Promise<unknown> {
  if (socket.closed) return Promise.resolve();
  return new Promise((resolve) => socket.resume().once('close', resolve));
}

/** The first `count` messages that come. Fails when the connection ends before. */
async function received(socket: Socket, count: number): Promise<readonly Buffer[]> {
  let bytes = Buffer.alloc(0);
  const messages: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE()) {
      const end = 2 + bytes.readUInt16BE();
      messages.push(bytes.subarray(2, end));
      bytes = bytes.subarray(end);
    }
    if (messages.length >= count) return messages;
  }
  throw new Error(`The connection ended after ${messages.length} messages.`);
}

const withId = (id: number, message: Buffer) =>
  Buffer.concat([Buffer.from([id >> 8, id & 0xff]), message.subarray(2)]);
const ids = (messages: readonly Buffer[]) => messages.map((message) => message.readUInt16BE());
const soaQuestion = question('cloud.example.com', { type: 6 });

describe('DNS over TCP', () => {
  it('answers queries that come without waiting for replies', async () => {
    const { connect, counters } = await serveTcp();
    const socket = await connect();
    socket.write(framed(...Array.from({ length: 300 }, (_, id) => withId(id, soaQuestion))));
    const replies = await received(socket, 300);
    expect(ids(replies)).toEqual(Array.from({ length: 300 }, (_, id) => id));
    expect(inWords(replies[299]).status).toBe('NOERROR aa');
    socket.write(framed(withId(7, soaQuestion)));
    expect(ids(await received(socket, 1))).toEqual([7]);
    expect(counters()).toMatchObject({ queries: { tcp4: 301 }, tcp: { accepted: 1, open: 1 } });
  });

  it('answers more than UDP can hold', async () => {
    const socket = await (await serveTcp()).connect();
    socket.write(framed(question('app.cloud.example.com')));
    const [reply] = await received(socket, 1);
    expect(inWords(reply).answers).toHaveLength(1000);
  });

  it('takes queries octet by octet', async () => {
    const socket = await (await serveTcp()).connect();
    socket.setNoDelay(true);
    for (const octet of framed(withId(1, soaQuestion), withId(2, soaQuestion))) {
      await new Promise((written) => socket.write(Buffer.of(octet), written));
    }
    expect(ids(await received(socket, 2))).toEqual([1, 2]);
  });

  it('answers a client that has ended its side, then ends too', async () => {
    const socket = await (await serveTcp()).connect();
    const ended = once(socket, 'end');
    socket.end(framed(withId(1, soaQuestion), withId(2, soaQuestion)));
    expect(ids(await received(socket, 2))).toEqual([1, 2]);
    socket.resume();
    await ended;
    expect(socket.readableEnded).toBe(true);
  });

  it('says nothing to a response or half a header, and goes on', async () => {
    const socket = await (await serveTcp()).connect();
    const response = Buffer.from(soaQuestion);
    response[2] = 0x80;
    socket.write(framed(response, Buffer.alloc(5), Buffer.alloc(0), withId(3, soaQuestion)));
    expect(ids(await received(socket, 1))).toEqual([3]);
  });

  it('closes on a message of more than 4096 octets', async () => {
    const { connect, counters } = await serveTcp();
    const socket = await connect();
    socket.write(Buffer.from([0x10, 0x01]));
    await closed(socket);
    expect(counters().tcp.tooLong).toBe(1);
  });

  it('stops reading from a client that does not read, and goes on when it does', async () => {
    const { connect, counters } = await serveTcp();
    const socket = await connect();
    // 20 MB of questions with 16 kB of answer to each: neither way do the system's buffers hold it.
    const one = framed(question('app.cloud.example.com'));
    const many = Buffer.alloc(1000 * one.length, one);
    for (let k = 0; k < 500; k += 1) socket.write(many);
    const state = () => [counters().queries.tcp4, socket.writableLength] as const;
    let before = [-1, -1] as readonly [number, number];
    for (let now = state(); now.join() !== before.join() || now[0] === 0; now = state()) {
      before = now;
      await new Promise((later) => setTimeout(later, 200));
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    const replies = await received(socket, before[0] + 1000);
    expect(replies.every((reply) => reply.equals(replies[0] ?? Buffer.alloc(0)))).toBe(true);
  });
});

describe('a TCP client', () => {
  it('that says nothing is closed', async () => {
    const { connect, counters } = await serveTcp({ firstByteMs: 30 });
    const socket = await connect();
    await closed(socket);
    expect(counters().tcp).toMatchObject({ timedOut: 1, open: 0 });
  });

  it('that never completes a query is closed, however often it sends an octet', async () => {
    const { connect, counters } = await serveTcp({ idleMs: 100 });
    const socket = await connect();
    const trickle = setInterval(() => socket.write(Buffer.of(1)), 10);
    closers.push(() => clearInterval(trickle));
    socket.write(Buffer.of(5));
    await closed(socket);
    expect(counters().tcp.timedOut).toBe(1);
  });

  it('that goes quiet after a query is closed', async () => {
    const { connect, counters } = await serveTcp({ idleMs: 50 });
    const socket = await connect();
    socket.write(framed(soaQuestion));
    await received(socket, 1);
    await closed(socket);
    expect(counters().tcp.timedOut).toBe(1);
  });

  it('gets no more connections than its share', async () => {
    const { connect, counters } = await serveTcp({ connectionsPerClient: 2 });
    const [first] = [await connect(), await connect()];
    const third = await connect();
    await closed(third);
    expect(counters().tcp).toMatchObject({ accepted: 2, refused: 1, open: 2 });
    first?.destroy();
    await expect.poll(() => counters().tcp.open, patience).toBe(1);
    const fourth = await connect();
    fourth.write(framed(soaQuestion));
    expect(await received(fourth, 1)).toHaveLength(1);
  });

  it('that has been idle longest gives way when there are too many', async () => {
    const { connect, counters } = await serveTcp({ connections: 2 });
    const first = await connect();
    const second = await connect();
    first.write(framed(soaQuestion));
    await received(first, 1);
    const third = await connect();
    third.write(framed(soaQuestion));
    await received(third, 1);
    await closed(second);
    first.write(framed(soaQuestion));
    expect(await received(first, 1)).toHaveLength(1);
    expect(counters().tcp).toMatchObject({ evicted: 1, open: 2 });
  });

  it('that never reads is closed when too much waits, and others are answered meanwhile', async () => {
    const waitingBytes = 1024 * 1024;
    const { connect, counters } = await serveTcp({ waitingBytes });
    const one = framed(question('app.cloud.example.com'));
    const many = Buffer.alloc(1000 * one.length, one);
    const greedy = await Promise.all(Array.from({ length: 20 }, connect));
    // 20 MB of questions each, with 16 kB of answer to each question.
    for (const socket of greedy) for (let k = 0; k < 500; k += 1) socket.write(many);
    await expect.poll(() => counters().tcp.overfull, patience).toBeGreaterThan(0);
    const other = await connect();
    for (let k = 0; k < 10; k += 1) {
      other.write(framed(withId(k, soaQuestion)));
      expect(ids(await received(other, 1))).toEqual([k]);
      expect(counters().tcp.waitingBytes).toBeLessThanOrEqual(waitingBytes);
    }
    for (const socket of greedy) socket.destroy();
    await expect.poll(() => counters().tcp, patience).toMatchObject({ open: 1, waitingBytes: 0 });
  });

  it('that dribbles octets, in hundreds, keeps no newcomer from an answer', async () => {
    const { connect, counters } = await serveTcp({ connections: 40, connectionsPerClient: 1000 });
    const resolver = await connect();
    resolver.write(framed(soaQuestion));
    await received(resolver, 1);
    for (let k = 0; k < 200; k += 1) (await connect()).write(Buffer.of(0));
    const newcomer = await connect();
    newcomer.write(framed(soaQuestion));
    expect(await received(newcomer, 1)).toHaveLength(1);
    resolver.write(framed(withId(9, soaQuestion)));
    expect(ids(await received(resolver, 1))).toEqual([9]);
    expect(counters().tcp.open).toBe(40);
  });

  it('that asks much at once gets its answers in turns, in order', async () => {
    const { connect } = await serveTcp({ answersPerTurn: 2 });
    const [busy, other] = [await connect(), await connect()];
    busy.write(framed(...Array.from({ length: 2000 }, (_, id) => withId(id, soaQuestion))));
    other.write(framed(soaQuestion));
    expect(await received(other, 1)).toHaveLength(1);
    expect(ids(await received(busy, 2000))).toEqual(Array.from({ length: 2000 }, (_, id) => id));
  });

  it('that ends its side after much still gets all', async () => {
    const socket = await (await serveTcp({ answersPerTurn: 2 })).connect();
    socket.end(framed(...Array.from({ length: 101 }, (_, id) => withId(id, soaQuestion))));
    expect(ids(await received(socket, 101))).toHaveLength(101);
  });

  it('is closed with the server', async () => {
    const { connect, server, counters } = await serveTcp();
    const socket = await connect();
    const ended = closed(socket);
    await server.close();
    await ended;
    closers.splice(0, 1);
    await expect.poll(() => counters().tcp.open, patience).toBe(0);
  });
});
