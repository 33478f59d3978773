import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { chooseDatagrams } from '#core/datagram/choose.ts';
import { createCounters } from './counters.ts';
import type { ListenSocket, ServeProblem } from './errors.ts';
import { createListeners, type OpenSocket } from './listeners.ts';
import { tcpOver } from './tcp.ts';
import { usualTcpLimits } from './tcp-connection.ts';
import { udpOver } from './udp.ts';

/** For a busy machine; each is met within milliseconds on an idle one. */
const patience = { timeout: 40_000 };

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function startedWith(openUdp: OpenSocket) {
  const counters = createCounters();
  const problems: ServeProblem[] = [];
  const seen: (readonly ListenSocket[])[] = [];
  const listeners = createListeners({
    openUdp,
    openTcp: tcpOver({ answer: () => 0, counters, limits: usualTcpLimits, now: () => performance.now() }),
    retryMs: 20,
    onProblem: (problem) => problems.push(problem),
    onListening: (sockets) => seen.push(sockets),
  });
  closers.push(listeners.close);
  return { listeners, problems, now: () => seen.at(-1) ?? [] };
}

/** On a busy machine the TCP port of the same number may well have its user. */
async function isTcpFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    const server = createServer();
    const isBound = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, host, () => resolve(true));
    });
    if (!isBound) return false;
    await once(server.close(), 'close');
  }
  return true;
}

/** A UDP port in use by somebody else, whose TCP port is free. */
async function takenPort(): Promise<{ readonly port: number; readonly free: () => Promise<unknown> }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  if (!(await isTcpFree(socket.address().port))) {
    closers.push(() => socket.close());
    return takenPort();
  }
  let isOpen = true;
  const free = async () => {
    if (isOpen) await once(socket.close(), 'close');
    isOpen = false;
  };
  closers.push(free);
  return { port: socket.address().port, free };
}

describe.each(['ffi', 'dgram'] as const)('listeners by node:%s', { timeout: 90_000 }, async (io) => {
  const { way, datagrams } = await chooseDatagrams(io);
  const udp = () => udpOver({ answer: () => 0, counters: createCounters(), datagrams, shares: 'no' });
  const started = (openUdp?: OpenSocket) => startedWith(openUdp ?? udp());

  it('are of that kind here', () => expect(way).toBe(io));

  it('open UDP and TCP on one free port', async () => {
    const { listeners, problems, now } = started();
    await listeners.listen([{ address: '127.0.0.1', port: 0 }]);
    expect(now().map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(now()[0]?.port).toBeGreaterThan(0);
    expect(now()[0]?.port).toBe(now()[1]?.port);
    expect(problems).toEqual([]);
  });

  it('report a taken port once, open the others, and take it when it is free', async () => {
    const { port, free } = await takenPort();
    const { listeners, problems, now } = started();
    await listeners.listen([
      { address: '127.0.0.1', port },
      { address: '127.0.0.2', port },
    ]);
    expect(now()).toEqual([
      { address: '127.0.0.1', port, transport: 'tcp' },
      { address: '127.0.0.2', port, transport: 'udp' },
      { address: '127.0.0.2', port, transport: 'tcp' },
    ]);
    await free();
    await expect.poll(() => now(), patience).toHaveLength(4);
    expect(problems).toMatchObject([
      { code: 'port-taken', socket: { address: '127.0.0.1', port, transport: 'udp' } },
    ]);
    expect(problems[0]?.message).toContain(`127.0.0.1 port ${port} (UDP)`);
    expect(problems[0]?.hint).toContain(`ss -lpn -u sport = :${port}`);
  });

  it('try again without a word until the reason is another', async () => {
    const refusals = ['EADDRINUSE', 'EADDRINUSE', 'EADDRINUSE', 'EACCES', 'EADDRINUSE'];
    let tries = 0;
    const { listeners, problems } = started(async () => {
      const code = refusals[Math.min(tries, refusals.length - 1)];
      tries += 1;
      throw Object.assign(new Error(`bind ${code}`), { code });
    });
    await listeners.listen([{ address: '127.0.0.1', port: 0 }]);
    await expect.poll(() => tries, patience).toBeGreaterThan(6);
    expect(problems.map(({ code }) => code)).toEqual(['port-taken', 'port-forbidden', 'port-taken']);
  });

  it('choose another port where the one that UDP got is taken for TCP', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => once(server.close(), 'close'));
    const bound = server.address();
    const taken = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
    const real = udp();
    let tries = 0;
    const { listeners, problems, now } = started((address, port, onLost) => {
      tries += 1;
      return real(address, tries === 1 ? taken : port, onLost);
    });
    await listeners.listen([{ address: '127.0.0.1', port: 0 }]);
    expect(now().map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
    expect(now()[0]?.port).not.toBe(taken);
    expect(problems).toEqual([]);
  });

  it('report a taken TCP port', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => once(server.close(), 'close'));
    const bound = server.address();
    const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
    const { listeners, problems, now } = started();
    await listeners.listen([{ address: '127.0.0.1', port }]);
    expect(now()).toEqual([{ address: '127.0.0.1', port, transport: 'udp' }]);
    expect(problems).toMatchObject([{ code: 'port-taken', socket: { transport: 'tcp' } }]);
  });

  it('report an address that this machine has not', async () => {
    const { listeners, problems, now } = started();
    await listeners.listen([{ address: '192.0.2.1', port: 0 }]);
    expect(now()).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(['address-missing', 'address-missing']);
  });

  it('close what is no longer asked for and leave the rest open', async () => {
    const { listeners, now } = started();
    const [one, two] = [
      { address: '127.0.0.1', port: 0 },
      { address: '127.0.0.2', port: 0 },
    ] as const;
    await listeners.listen([one, two]);
    const before = now();
    await listeners.listen([two]);
    expect(now()).toEqual(before.slice(2));
    await listeners.listen([]);
    expect(now()).toEqual([]);
  });

  it('open a socket again that failed', async () => {
    const real = udp();
    const losers: ((error: unknown) => void)[] = [];
    const { listeners, problems, now } = started((address, port, onLost) => {
      losers.push(onLost);
      return real(address, port, onLost);
    });
    await listeners.listen([{ address: '127.0.0.1', port: 0 }]);
    losers[0]?.(Object.assign(new Error('recvmsg ENOMEM'), { code: 'ENOMEM' }));
    // More often where somebody else has taken the TCP port of the same number.
    await expect.poll(() => losers.length, patience).toBeGreaterThan(1);
    await expect.poll(() => now(), patience).toHaveLength(2);
    expect(problems).toMatchObject([{ code: 'bind-failed' }]);
  });
});
