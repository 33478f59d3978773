import type { Resource } from '#core/api/kubernetes.ts';
import { heldBy, type LeaseObject, leases, mayHold, type SeenLease } from './lease-object.ts';

/** What an election needs of the API server; an error has `code` notFound or conflict where that is the cause. */
export interface LeaseClient {
  get(resource: Resource<LeaseObject>, key: string): Promise<LeaseObject>;
  create(resource: Resource<LeaseObject>, lease: LeaseObject): Promise<LeaseObject>;
  /** Rejects with `conflict` unless the object still is of the resourceVersion given. */
  replace(resource: Resource<LeaseObject>, lease: LeaseObject): Promise<LeaseObject>;
}

export interface LeaseOptions {
  readonly client: LeaseClient;
  readonly namespace: string;
  readonly name: string;
  /** This replica; must differ between replicas that may run at the same time. */
  readonly identity: string;
  /** How long a holder that does not renew keeps it. Default 10 s. */
  readonly durationMs?: number;
  /** Pause between renewals, and between tries. Default 2 s. */
  readonly renewMs?: number;
  /** Monotonic milliseconds: wall clocks of replicas may differ. */
  readonly now: () => number;
  /** Milliseconds since 1970, for people who read the Lease. Default Date.now. */
  readonly wallClock?: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  readonly onAcquire: () => void;
  /** It was held, and is no longer: renewing failed for too long, or another replica has it. Not on release. */
  readonly onLose?: () => void;
}

/** This replica's part in an election. */
export interface Lease {
  /** False from the moment on at which another replica may hold it, by our own clock. */
  isHeld(): boolean;
  /**
   * Gives it up, so that the next one need not wait, and takes no further part; for a clean end, before the client is
   * closed. Resolves also when that fails.
   */
  release(): Promise<void>;
}

/** A holder stops this much before others may begin: clocks need not run equally fast. */
const margin = 0.1;

/** Takes part in an election until the signal aborts. Writes are guarded by resourceVersion. */
export function runLease(options: LeaseOptions, signal: AbortSignal): Lease {
  const { client, namespace, name, identity, durationMs = 10_000, renewMs = 2_000 } = options;
  const { now, wallClock = Date.now, random, log, onAcquire, onLose } = options;
  const key = `${namespace}/${name}`;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let leading = false;
  let released = false;
  let seen: SeenLease | undefined;
  let turnTimer: NodeJS.Timeout | undefined;
  let endTimer: NodeJS.Timeout | undefined;
  let failing = false;

  const over = (): boolean => released || signal.aborted;
  const isHeld = (): boolean => !released && now() < heldUntil;

  const turn = async (): Promise<void> => {
    try {
      await attempt();
      if (failing) log.info({ lease: key }, 'the Lease can be reached again');
      failing = false;
    } catch (error) {
      // Losing a race is how an election goes; anything else is said once.
      if (!failing && !over() && (error as { code?: string }).code !== 'conflict') {
        failing = true;
        log.warn({ lease: key, error }, 'the Lease cannot be reached; it is tried again');
      }
    }
    if (over()) return;
    settle();
    turnTimer = setTimeout(() => void turn(), renewMs * (0.9 + random() / 5));
  };

  const attempt = async (): Promise<void> => {
    const current = await inTime(client.get(leases, key)).catch((error: { code?: string }) => {
      if (error.code === 'notFound') return undefined;
      throw error;
    });
    // After the answer, not before the question: it may be of a moment since.
    const at = now();
    if (current !== undefined && current.metadata.resourceVersion !== seen?.resourceVersion) {
      seen = { resourceVersion: current.metadata.resourceVersion, atMs: at };
    }
    if (over()) return;
    if (current !== undefined && !mayHold(current, seen as SeenLease, identity, at)) {
      heldUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    // Before the write, not after its answer: others count from when it is done.
    const begun = now();
    const wanted = heldBy(identity, current, { namespace, name, durationMs, wallMs: wallClock() });
    await inTime(current === undefined ? client.create(leases, wanted) : client.replace(leases, wanted));
    heldUntil = begun + durationMs * (1 - margin);
  };

  /** Tells what has changed, now or when the time is up. */
  const settle = (): void => {
    clearTimeout(endTimer);
    const held = isHeld();
    if (held) endTimer = setTimeout(settle, heldUntil - now());
    if (held === leading) return;
    leading = held;
    log.info({ lease: key, identity }, held ? 'this replica writes now' : 'this replica writes no longer');
    if (held) onAcquire();
    else onLose?.();
  };

  /** A request on a dead connection must not take longer than there is time to try another. */
  const inTime = async <R>(request: Promise<R>): Promise<R> => {
    const late = Promise.withResolvers<never>();
    const limitMs = durationMs / 3;
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    try {
      return await Promise.race([request, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };

  const stop = (): void => {
    clearTimeout(turnTimer);
    clearTimeout(endTimer);
  };
  signal.addEventListener('abort', stop, { once: true });
  if (!signal.aborted) void turn();

  return {
    isHeld,
    release: async () => {
      const held = isHeld();
      released = true;
      stop();
      if (!held) return;
      try {
        const current = await inTime(client.get(leases, key));
        if (current.spec?.holderIdentity !== identity) return;
        await inTime(client.replace(leases, { ...current, spec: { ...current.spec, holderIdentity: '' } }));
      } catch (error) {
        log.warn(
          { lease: key, error },
          'the Lease could not be given up; the next replica waits for its end',
        );
      }
    },
  };
}
