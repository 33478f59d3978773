import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { ExchangeError } from '#core/exchange/errors.ts';
import { exchangeOverTcp } from '#core/exchange/tcp.ts';
import { addressToBytes, addressToText } from '#core/wire/address.ts';
import type { Name } from '#core/wire/name.ts';
import type { Endpoint, Question } from './ask.ts';
import { createCookieJar } from './cookie-jar.ts';
import { questionRandomBytes, upToQuestion, writeQuestion } from './question.ts';
import { type CheckedReply, checkReply } from './reply.ts';

/** A reply that comes later than this is ignored. */
const replyWithinMs = 2_000;
const tcpTimeoutMs = 2_000;
/** Random octets are drawn for so many questions at once. */
const questionsPerDraw = 128;
/** More truncated replies than this at one time are left for the next turn of their question. */
const mostTcpExchanges = 16;

/** Sends questions and matches replies; over UDP from one port per address family, over TCP when truncated. */
export interface Asker {
  /** @param onReply called once or, when a truncated reply is followed by the whole one, twice; or never */
  ask(server: Endpoint, name: Name, type: Question['type'], onReply: (reply: CheckedReply) => void): void;
  /** Forgets questions too old to be answered. To be called a few times a second. */
  expire(): void;
  counters(): AskerCounters;
}

export interface AskerCounters {
  readonly sent: number;
  /** Datagrams that reply to no question of ours: strangers, forgeries, or too late. */
  readonly unexpected: number;
  /** Questions that the system would not send. */
  readonly sendErrors: number;
  readonly tcpErrors: number;
}

interface Pending {
  readonly sent: Buffer;
  readonly server: Endpoint;
  readonly type: Question['type'];
  readonly sentAtMs: number;
  readonly onReply: (reply: CheckedReply) => void;
}

export interface AskerOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Unpredictable octets (`randomBytes` of node:crypto). */
  readonly random: (sizeBytes: number) => Uint8Array;
}

/** Resolves when its sockets are bound; they are closed when the signal aborts. A family the machine lacks is left out. */
export async function openAsker({ now, random }: AskerOptions, signal: AbortSignal): Promise<Asker> {
  /** Unanswered questions, oldest first, by server and id. */
  const pending = new Map<string, Map<number, Pending>>();
  const cookies = createCookieJar(random);
  const counters = { sent: 0, unexpected: 0, sendErrors: 0, tcpErrors: 0 };
  let tcpExchanges = 0;

  const sockets = {
    v4: await bound('udp4', receive, signal),
    v6: await bound('udp6', receive, signal),
  };
  for (const socket of Object.values(sockets))
    socket?.on('error', () => {
      counters.sendErrors += 1;
    });

  function receive(bytes: Buffer, from: RemoteInfo): void {
    const key = keyOf(from, from.family === 'IPv6');
    const open = pending.get(key);
    const id = bytes.length < 2 ? -1 : bytes.readUInt16BE(0);
    const question = open?.get(id);
    const checked = question && checkReply(bytes, upToQuestion(question.sent), question.type);
    if (!open || !question || !checked) {
      counters.unexpected += 1;
      return;
    }
    open.delete(id);
    if (checked.cookie) cookies.learn(key, checked.cookie);
    question.onReply(checked);
    if (checked.reply.kind === 'truncated') void askOverTcp(question);
  }

  async function askOverTcp({ server, sent, type, onReply }: Pending): Promise<void> {
    if (tcpExchanges >= mostTcpExchanges || signal.aborted) return;
    tcpExchanges += 1;
    try {
      const bytes = await exchangeOverTcp(server, sent, { timeoutMs: tcpTimeoutMs, signal });
      const checked = checkReply(bytes, upToQuestion(sent), type);
      if (checked && checked.reply.kind !== 'truncated') onReply(checked);
      else counters.tcpErrors += 1;
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      counters.tcpErrors += 1;
    } finally {
      tcpExchanges -= 1;
    }
  }

  /** What an endpoint's text says, read once: a question costs little more than its system call. */
  const routes = new WeakMap<Endpoint, { readonly key: string; readonly family: 'v4' | 'v6' }>();

  function routeTo(server: Endpoint) {
    const known = routes.get(server);
    if (known !== undefined) return known;
    const isV6 = isIPv6(server.address);
    const route = { key: keyOf(server, isV6), family: isV6 ? 'v6' : 'v4' } as const;
    routes.set(server, route);
    return route;
  }

  let pool: Uint8Array = new Uint8Array();

  /** Octets drawn many at a time, each used once: a call for every question costs more than the question. */
  function draw(): Uint8Array {
    if (pool.length < questionRandomBytes) pool = random(questionRandomBytes * questionsPerDraw);
    const octets = pool.subarray(0, questionRandomBytes);
    pool = pool.subarray(questionRandomBytes);
    return octets;
  }

  /** Random octets whose first two are an id that is free. */
  function freshRandom(open: ReadonlyMap<number, unknown>): Uint8Array | undefined {
    for (let tries = 0; tries < 16; tries += 1) {
      const octets = draw();
      if (!open.has(((octets[0] as number) << 8) | (octets[1] as number))) return octets;
    }
    return undefined;
  }

  return {
    ask(server, name, type, onReply) {
      const { key, family } = routeTo(server);
      const socket = sockets[family];
      const open = pending.get(key) ?? new Map<number, Pending>();
      const octets = freshRandom(open);
      if (!socket || !octets || signal.aborted) {
        counters.sendErrors += 1;
        return;
      }
      pending.set(key, open);
      const sent = writeQuestion(name, type, octets, cookies.cookieFor(key));
      open.set(sent.readUInt16BE(0), { sent, server, type, sentAtMs: now(), onReply });
      counters.sent += 1;
      socket.send(sent, 0, sent.length, server.port, server.address);
    },

    expire() {
      const oldestMs = now() - replyWithinMs;
      for (const [key, open] of pending) {
        for (const [id, { sentAtMs }] of open) {
          if (sentAtMs > oldestMs) break;
          open.delete(id);
        }
        if (open.size === 0) pending.delete(key);
      }
    },

    counters: () => counters,
  };
}

async function bound(
  type: 'udp4' | 'udp6',
  receive: (bytes: Buffer, from: RemoteInfo) => void,
  signal: AbortSignal,
): Promise<Socket | undefined> {
  const lookup = sameAddress(type === 'udp6' ? 6 : 4);
  const socket = createSocket({ type, ipv6Only: type === 'udp6', lookup, signal });
  socket.on('message', receive);
  try {
    // With its own lookup a socket may be listening before bind() returns.
    const listening = once(socket, 'listening', { signal });
    // An abort closes the socket, so that bind() throws: nobody waits for the other rejection then.
    listening.catch(() => undefined);
    socket.bind(0);
    await listening;
    return socket;
  } catch {
    if (!signal.aborted) socket.close();
    return undefined;
  }
}

/** Servers are addresses already: the default would ask the resolver's thread pool for each packet. */
const sameAddress =
  (family: 4 | 6) =>
  (
    address: string,
    _options: unknown,
    callback: (error: null, address: string, family: number) => void,
  ): void =>
    callback(null, address, family);

/** One text per endpoint, however its address is written. */
function keyOf({ address, port }: Endpoint | RemoteInfo, isV6: boolean): string {
  if (!isV6) return `${address}|${port}`;
  const octets = addressToBytes(address);
  return `${octets ? addressToText(octets) : address}|${port}`;
}
