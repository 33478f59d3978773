import type { Logger } from '#core/telemetry/logger.ts';
import type { AnswersPatch } from '#sidecar/model/answers.ts';
import { createCompiler } from './compiler.ts';
import { COUNTER, createCounters, type DnsCounters, readCounters } from './counters.ts';
import { keepDnsThread } from './dns-thread.ts';
import type { ListenSocket, ServeProblem } from './errors.ts';
import { type Listen, listenAddresses } from './listen-addresses.ts';
import type { ListenAddress } from './listeners.ts';
import { type RateLimits, usualRateLimits } from './rate-limit.ts';
import { newCookieSecret, type ServerIdentity } from './settings.ts';
import { type TcpLimits, usualTcpLimits } from './tcp-connection.ts';
import type { FromThread, ToThread } from './thread-messages.ts';
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
  /** Default: none. */
  readonly queryLog?: { readonly path: string; readonly oneIn: number } | undefined;
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
  /** The sockets that are open now. */
  listening(): readonly ListenSocket[];
  counters(): DnsCounters;
  /** Closes the sockets and ends the thread. */
  close(): Promise<void>;
}

/** Starts the server; resolves when every address has been tried once. Aborting `signal` closes it. */
export async function startDnsServer(options: DnsServerOptions, signal: AbortSignal): Promise<DnsServer> {
  signal.throwIfAborted();
  const { listen, onProblem, log, seed = randomSeed() } = options;
  const { rateLimits = usualRateLimits, tcpLimits = usualTcpLimits, identity = {}, queryLog } = options;
  const counters = createCounters();
  const compiler = createCompiler(onProblem);
  const settled = Promise.withResolvers<void>();
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
  const watch = watchQueries({ counters, rateLimits, queryLog, log, onProblem });
  const thread = keepDnsThread({
    data: {
      seed,
      counters,
      told: { cookieSecret: newCookieSecret(), identity },
      rateLimits,
      tcpLimits,
      queryLog: watch.recording,
    },
    restartMs: RESTART_MS,
    greeting: () => {
      const bytes = compiler.compileAll();
      const patches: readonly ToThread[] = bytes === undefined ? [] : [{ kind: 'patch', bytes }];
      return [...patches, { kind: 'listen', addresses }];
    },
    onMessage: (message: FromThread) => {
      if (message.kind === 'settled') settled.resolve();
      else if (message.kind === 'problem') onProblem(message.problem);
      else setSockets(message.sockets);
    },
    onEnded: (cause) => {
      setSockets([]);
      counters[COUNTER.TCP_OPEN] = 0;
      settled.resolve();
      onProblem({
        code: 'thread-ended',
        message: 'The DNS thread ended, so no query is answered for about a second; it is started again.',
        hint: 'Please report it with the cause.',
        cause,
      });
    },
  });
  const reread = setInterval(() => {
    if (readAddresses()) thread.tell({ kind: 'listen', addresses });
  }, REREAD_MS);

  let closed: Promise<void> | undefined;
  const close = () => {
    clearInterval(reread);
    signal.removeEventListener('abort', close);
    closed ??= thread.close().then(async () => {
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
      if (bytes !== undefined) thread.tell({ kind: 'patch', bytes });
    },
    listening: () => sockets,
    counters: () => watch.withLost(readCounters(counters)),
    close,
  };
}

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

function logChanges(log: Logger, before: readonly ListenSocket[], after: readonly ListenSocket[]): void {
  const text = ({ address, port, transport }: ListenSocket) => `${address} ${port} ${transport}`;
  const had = new Set(before.map(text));
  const has = new Set(after.map(text));
  for (const socket of after) if (!had.has(text(socket))) log.info({ ...socket }, 'Answering DNS');
  for (const socket of before) if (!has.has(text(socket))) log.info({ ...socket }, 'No longer answering DNS');
}
