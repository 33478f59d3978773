import type { NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type FollowedPair, followPair } from './followed-pair.ts';
import { objectReflection } from './object-reflection.ts';
import type { ReflectedKind } from './reflected.ts';

export interface ReflectOptions {
  /** This cluster. */
  readonly source: ApiServerSource;
  readonly link: Pick<ProviderLink, 'clusterID' | 'remote' | 'state' | 'onChange'>;
  /** Id of this cluster. */
  readonly clusterID: string;
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
}

/** Reflection of Services, Ingresses, ConfigMaps and Secrets to one provider. */
export interface Reflect {
  /** All namespaces that are offloaded to this provider now. What a namespace left behind there is the provider's to clear. */
  setPairs(pairs: readonly NamespacePair[]): void;
  /** Resolves when the signal has aborted and the last write has ended. */
  readonly drained: Promise<void>;
}

/** Objects that are brought to their wanted state at the same time. */
const concurrency = 8;

/**
 * Keeps at the provider what is here, one way: the local object is the truth, drift and deletion there are repaired.
 * Objects there that are not labelled as ours are never touched. Failures are events on the local object, and tried
 * again. Nothing is kept but in objects: after a restart all is compared once.
 */
export function startReflect(options: ReflectOptions, signal: AbortSignal): Reflect {
  const { link, log, random } = options;
  const pairs = new Map<string, FollowedPair>();
  const failing = new Set<string>();
  const reflection = objectReflection(options);

  const queue = keyedQueue(
    {
      concurrency,
      random,
      reconcile: async (key) => {
        const { kind, namespace, name } = splitWork(key);
        const pair = pairs.get(namespace);
        const result = pair === undefined ? undefined : await reflection.reconcile(kind, name, pair);
        failing.delete(key);
        return result;
      },
      onError: (key, error, failures) => {
        failing.add(key);
        log.warn({ error, object: key, provider: link.clusterID, failures }, 'an object was not reflected');
      },
    },
    signal,
  );
  link.onChange(() => {
    if (link.state().kind === 'connected') for (const key of failing) queue.add(key);
  }, signal);

  return {
    setPairs: (wanted) => {
      if (signal.aborted) return;
      const remotes = new Map(wanted.map(({ local, remote }) => [local, remote]));
      for (const [local, pair] of pairs) {
        if (remotes.get(local) === pair.remote) continue;
        pairs.delete(local);
        pair.stop();
        void reflection.forgetAddresses(pair);
      }
      for (const [local, remote] of remotes) {
        if (pairs.has(local)) continue;
        const onObject = (kind: ReflectedKind, name: string): void => queue.add(`${kind}|${local}|${name}`);
        pairs.set(local, followPair({ ...options, local, remote, onObject }, signal));
      }
    },
    drained: queue.drained,
  };
}

function splitWork(key: string): {
  readonly kind: ReflectedKind;
  readonly namespace: string;
  readonly name: string;
} {
  const [kind, namespace = '', name = ''] = key.split('|');
  return { kind: kind as ReflectedKind, namespace, name };
}
