import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnswersPatch } from '#sidecar/model/answers.ts';
import { cloud, fixed, inWords, name, question } from './answers.fixture.ts';
import type { ServeProblem } from './errors.ts';
import { type DnsServer, startDnsServer } from './server.ts';

/** For a busy machine; each is met within milliseconds on an idle one. */
const patience = { timeout: 40_000 };

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function startedBy(io: 'ffi' | 'dgram', address = '127.0.0.1', threads = 1) {
  const problems: ServeProblem[] = [];
  const stop = new AbortController();
  const server = await startDnsServer(
    {
      io,
      threads,
      listen: [{ address, port: 0 }],
      onProblem: (problem) => problems.push(problem),
      log: silent,
    },
    stop.signal,
  );
  closers.push(server.close);
  return { server, problems, stop };
}

function client(address = '127.0.0.1'): Socket {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  closers.push(() => socket.close());
  return socket;
}

async function ask(socket: Socket, server: DnsServer, bytes: Buffer): Promise<Buffer> {
  const [at] = server.listening();
  const reply = once(socket, 'message');
  socket.send(bytes, at?.port ?? 0, at?.address);
  return ((await reply) as [Buffer])[0];
}

/** Patches, and waits until the thread has it. */
async function patched(server: DnsServer, patch: Partial<AnswersPatch>): Promise<void> {
  const before = server.counters().snapshot.patches;
  server.patch({ names: [], removed: [], ...patch });
  await expect.poll(() => server.counters().snapshot.patches, patience).toBe(before + 1);
}

const app = (address: string) => name('app.cloud.example.com', { a: fixed(address) });
const words = async (socket: Socket, server: DnsServer) =>
  inWords(await ask(socket, server, question('app.cloud.example.com')));

describe.each(['ffi', 'dgram'] as const)('the DNS server by node:%s', { timeout: 90_000 }, (io) => {
  const started = (address?: string) => startedBy(io, address);

  it('answers from its thread what patches say', async () => {
    const { server, problems } = await started();
    const socket = client();
    expect((await words(socket, server)).status).toBe('SERVFAIL');
    await patched(server, { zones: [cloud], names: [app('10.0.0.1')] });
    expect((await words(socket, server)).answers).toEqual(['app.cloud.example.com 30 A 10.0.0.1']);
    await patched(server, { names: [app('10.0.0.2')] });
    expect((await words(socket, server)).answers).toEqual(['app.cloud.example.com 30 A 10.0.0.2']);
    await patched(server, { removed: ['app.cloud.example.com'] });
    expect((await words(socket, server)).status).toBe('NXDOMAIN aa');
    expect(server.counters()).toMatchObject({
      queries: { udp4: 4 },
      responses: { SERVFAIL: 1, NOERROR: 2, NXDOMAIN: 1 },
      snapshot: { patches: 3, names: 0, zones: 1 },
      io: { way: io },
    });
    expect(problems).toEqual([]);
  });

  it('answers over IPv6', async () => {
    const { server } = await started('::1');
    await patched(server, { zones: [cloud], names: [app('10.0.0.1')] });
    expect((await words(client('::1'), server)).status).toBe('NOERROR aa');
    expect(server.counters().queries.udp6).toBe(1);
  });

  it('goes on after malformed and empty datagrams', async () => {
    const { server } = await started();
    const socket = client();
    const [at] = server.listening();
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(60_000, 0xff)])
      socket.send(bytes, at?.port ?? 0, at?.address);
    expect((await words(socket, server)).status).toBe('SERVFAIL');
    expect(server.counters()).toMatchObject({ failed: 0, dropped: { silenced: 3 } });
  });

  it('ends with its signal and frees its port', async () => {
    const { server, stop } = await started();
    const [at] = server.listening();
    stop.abort();
    await server.close();
    expect(server.listening()).toEqual([]);
    const socket = client();
    socket.bind(at?.port ?? 0, '127.0.0.1');
    await once(socket, 'listening');
    expect(socket.address().port).toBe(at?.port);
  });

  it('answers from several threads as from one, and frees its port', async () => {
    const { server, problems } = await startedBy(io, '127.0.0.1', 3);
    await patched(server, { zones: [cloud], names: [app('10.0.0.1')] });
    await patched(server, { names: [app('10.0.0.2')] });
    const [at] = server.listening();
    // The kernel chooses the thread by the port of the sender.
    for (let k = 0; k < 30; k += 1) {
      await expect
        .poll(async () => (await words(client(), server)).answers, patience)
        .toEqual(['app.cloud.example.com 30 A 10.0.0.2']);
    }
    expect(server.counters().queries.udp4).toBeGreaterThanOrEqual(30);
    expect(server.counters().snapshot).toMatchObject({ names: 1, zones: 1 });
    expect(server.listening()).toHaveLength(2);
    await server.close();
    const socket = client();
    socket.bind(at?.port ?? 0, '127.0.0.1');
    await once(socket, 'listening');
    expect(problems).toEqual([]);
  });

  it('does not start when it should already have ended', async () => {
    const options = { listen: [], onProblem: () => {}, log: silent };
    await expect(startDnsServer(options, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
