import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { Source } from '#core/source/source.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';
import { gslbReconciler, type Knowledge } from './reconcile-gslb.ts';

/** What the publisher logs with. */
interface Log {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface PublisherOptions {
  readonly source: Source;
  readonly knowledge: Knowledge;
  readonly ingressGslbGroup: GslbReference['group'];
  /** Whether this replica writes (it holds the Lease). */
  readonly isWriter: () => boolean;
  readonly log: Log;
  readonly now: () => Date;
  readonly random: () => number;
}

export interface Publisher {
  /** Something about these Gslbs may differ from what is written. */
  touch(keys: Iterable<string>): void;
}

/** Gslbs that are written at once: enough to hide the API server's latency, few enough to leave it room. */
const concurrency = 4;

/** Writes to the API server what was decided, one Gslb at a time each, and tries again what did not go through. */
export function startPublisher(options: PublisherOptions, signal: AbortSignal): Publisher {
  const { isWriter, log } = options;
  const reconcile = gslbReconciler(options);
  const failing = new Set<string>();
  const queue = keyedQueue(
    {
      concurrency,
      random: options.random,
      reconcile: async (key) => {
        if (!isWriter()) return undefined;
        await reconcile(key);
        if (failing.delete(key)) log.info({ gslb: key }, 'written after all');
        return undefined;
      },
      onError: (key, error) => {
        // Once per Gslb and outage; the queue keeps trying.
        if (!failing.has(key)) log.warn({ gslb: key, error }, 'cannot be written; it is tried again');
        failing.add(key);
      },
    },
    signal,
  );
  return {
    touch: (keys) => {
      for (const key of keys) queue.add(key);
    },
  };
}
