import type { IoWish } from '#core/datagram/choose.ts';
import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { Prefix } from '#core/wire/prefix.ts';
import type { AnswersPatch } from '#sidecar/model/answers.ts';
import type { ClientTally } from '#sidecar/model/client-tally.ts';
import { createClientTallies } from './client-tallies.ts';
import { createCompiler } from './compiler.ts';
import { createCounters, type DnsCounters, readCounters, sumCounters } from './counters.ts';
import { keepDnsThreads } from './dns-threads.ts';
import type { ListenSocket, ServeProblem } from './errors.ts';
import { type Listen, listenAddresses } from './listen-addresses.ts';
import type { ListenAddress } from './listeners.ts';
import { BEAT_MS, createPulse } from './pulse.ts';
import { type RateLimits, usualRateLimits } from './rate-limit.ts';
import { newCookieSecret, type ServerIdentity } from './settings.ts';
import { createTallyBook } from './tally-book.ts';
import { type TcpLimits, usualTcpLimits } from './tcp-connection.ts';
import type { FromThread } from './thread-messages.ts';
import { watchQueries } from './watch-queries.ts';

export interface DnsServerOptions {
  /** With UDP and TCP; interfaces are read again every 5 s. */
  readonly listen: Listen;
  /**
   * What it cannot do; it goes on with the rest, and tries again what may be cured. Called once per cause and socket;
   * for answers that no message can hold, with each patch that has them.
   */
  readonly onProblem: (problem: ServeProblem) => void;
  readonly log: Logger;
  /** Default {@link usualRateLimits}. */
  readonly rateLimits?: RateLimits;
  /** Default {@link usualTcpLimits}. */
  readonly tcpLimits?: TcpLimits;
  /** Default: tells nothing. */
  readonly identity?: ServerIdentity;
  /** From whom a client subnet (RFC 7871) is taken for where the client is. Default: nobody. */
  readonly subnetTrust?: readonly Prefix[];
  /** Default: none. */
  readonly queryLog?: { readonly path: string; readonly oneIn: number } | undefined;
  /** How UDP is read and written: in batches by node:ffi where that works (`auto`, the default). */
  readonly io?: IoWish;
  /** Threads that answer UDP; clients are spread over them. Default 1, which also answers TCP. */
  readonly threads?: number;
  /** Salts hashes and starts random choices. Default: random. */
  readonly seed?: number;
}

/** An authoritative DNS server in a thread of its own. */
export interface DnsServer {
  /**
   * Changes what is answered; the thread does so within some milliseconds. Until a patch with zones came, everything
   * is SERVFAIL (EDE 14, not ready). What cannot be put into messages is reported as a problem and left out.
   */
  patch(patch: AnswersPatch): void;
  /**
   * Where clients are. Choices by place may come before the tree that they refer to, or after it: until both are there,
   * clients are answered like those without a place.
   */
  setPlaces(tree: NetworkTree): void;
  /** The sockets that are open now. */
  listening(): readonly ListenSocket[];
  counters(): DnsCounters;
  /** Who asked for names whose answer depends on the client or is drawn, since this was last called. */
  takeTallies(): readonly ClientTally[];
  /** Whether a thread hangs, so that only a new process can answer again. */
  isStuck(): boolean;
  /** Closes the sockets and ends the thread. */
  close(): Promise<void>;
}

/** Starts the server; resolves when every address has been tried once. Aborting `signal` closes it. */
export async function startDnsServer(options: DnsServerOptions, signal: AbortSignal): Promise<DnsServer> {
  signal.throwIfAborted();
  const { listen, onProblem, log, seed = randomSeed() } = options;
  const { rateLimits = usualRateLimits, tcpLimits = usualTcpLimits, identity = {}, queryLog } = options;
  const { subnetTrust = [] } = options;
  const { io = 'auto', threads: threadCount = 1 } = options;
  const counters = Array.from({ length: threadCount }, createCounters);
  const read = () => readCounters(sumCounters(counters));
  const tallies = counters.map(() => createClientTallies());
  const book = createTallyBook(tallies);
  const compiler = createCompiler(onProblem, book);
  const settled = Promise.withResolvers<void>();
  let places: NetworkTree | undefined;
  let sockets: readonly ListenSocket[] = [];
  let addresses: readonly ListenAddress[] = [];
  let lastCode: string | undefined;

  const setSockets = (now: readonly ListenSocket[]) => {
    logChanges(log, sockets, now);
    sockets = now;
  };

  /** Whether `addresses` changed. */
  const readAddresses = () => {
    const found = listenAddresses(listen);
    const problem = 'code' in found ? found : undefined;
    if (problem !== undefined && problem.code !== lastCode) onProblem(problem);
    lastCode = problem?.code;
    if ('code' in found || sameAddresses(found, addresses)) return false;
    addresses = found;
    return true;
  };

  readAddresses();
  const watch = watchQueries({ read, rateLimits, queryLog, log, onProblem });
  const threads = keepDnsThreads({
    data: {
      seed,
      told: { cookieSecret: newCookieSecret(), identity, subnetTrust },
      rateLimits,
      tcpLimits,
      queryLog: watch.recording,
      io,
    },
    counters,
    tallies,
    restartMs: RESTART_MS,
    allAnswers: compiler.compileAll,
    places: () => places,
    addresses: () => addresses,
    onMessage: (message: FromThread) => {
      if (message.kind === 'settled') settled.resolve();
      else if (message.kind === 'problem') onProblem(message.problem);
      else if (message.kind === 'listening') setSockets(message.sockets);
      else logIo(log, message.way, message.reason);
    },
    onEnded: (cause) =>
      onProblem({
        code: 'thread-ended',
        message:
          'A DNS thread ended, so its queries are not answered for about a second; it is started again.',
        hint: 'Please report it with the cause.',
        cause,
      }),
  });
  const reread = setInterval(() => {
    if (readAddresses()) threads.listen(addresses);
  }, REREAD_MS);

  const pulse = createPulse(counters);
  let isStuck = false;
  const look = setInterval(() => {
    const wasStuck = isStuck;
    isStuck = pulse.isStuckAtLook();
    if (isStuck && !wasStuck) onProblem(stuckThread);
  }, BEAT_MS);

  let closed: Promise<void> | undefined;
  const close = () => {
    clearInterval(reread);
    clearInterval(look);
    signal.removeEventListener('abort', close);
    closed ??= threads.close().then(async () => {
      setSockets([]);
      await watch.close();
    });
    settled.resolve();
    return closed;
  };
  signal.addEventListener('abort', close);
  await settled.promise;
  return {
    patch: (patch) => {
      const bytes = compiler.compile(patch);
      if (bytes !== undefined) threads.patch(bytes);
    },
    setPlaces: (tree) => {
      places = tree;
      threads.setPlaces(tree);
    },
    listening: () => sockets,
    isStuck: () => isStuck,
    counters: () => watch.withLost(read()),
    takeTallies: book.take,
    close,
  };
}

const stuckThread: ServeProblem = {
  code: 'thread-stuck',
  message: 'A DNS thread has not moved for ten seconds, so its queries are not answered.',
  hint: 'In a cluster the liveness probe has the pod started again; elsewhere restart the program. Please report it.',
};

const REREAD_MS = 5000;
const RESTART_MS = 1000;

function randomSeed(): number {
  const [seed = 1] = crypto.getRandomValues(new Uint32Array(1));
  return seed;
}

function sameAddresses(a: readonly ListenAddress[], b: readonly ListenAddress[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ address, port }, k) => address === b[k]?.address && port === b[k].port)
  );
}

function logIo(log: Logger, way: 'ffi' | 'dgram', reason: string | undefined): void {
  const how = way === 'ffi' ? 'in batches by node:ffi' : 'by node:dgram';
  log.info({ io: way, ...(reason !== undefined && { reason }) }, `UDP is read and written ${how}`);
}

function logChanges(log: Logger, before: readonly ListenSocket[], after: readonly ListenSocket[]): void {
  const text = ({ address, port, transport }: ListenSocket) => `${address} ${port} ${transport}`;
  const had = new Set(before.map(text));
  const has = new Set(after.map(text));
  for (const socket of after) if (!had.has(text(socket))) log.info({ ...socket }, 'Answering DNS');
  for (const socket of before) if (!has.has(text(socket))) log.info({ ...socket }, 'No longer answering DNS');
}
