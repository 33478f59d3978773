import type { NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { keyedQueue, type ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { EventToRecord } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { carryOut } from './carry-out.ts';
import { decide, type Step } from './decide.ts';
import { drainPods } from './drain.ts';
import { type LocalPod, localPods, wasSent } from './pod.ts';
import { refusals } from './refusals.ts';
import { tombstonesIn } from './tombstones.ts';
import { twins } from './twins.ts';

export interface PodsOptions {
  /** This cluster. */
  readonly source: ApiServerSource;
  readonly link: ProviderLink;
  /** Id of this cluster. */
  readonly clusterID: string;
  /** Address to show as the host's of pods that run elsewhere. */
  readonly agentAddress: () => string | undefined;
  /** Whether a NamespaceOffloading exists in the namespace, whatever its state. */
  readonly isOffloaded: (namespace: string) => boolean;
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** The pods of one virtual node. */
export interface Pods {
  /**
   * Which namespaces have a twin at the provider, all of them each time. Before the first call nothing is concluded
   * from a twin that is missing; pods of one that was there in an earlier call, and is not now, are Failed.
   */
  setPairs(pairs: readonly NamespacePair[]): void;
  /**
   * Takes the pods off the node, for leaving: evicted, with regard for PodDisruptionBudgets, until the signal aborts;
   * deleted then (removed with a tombstone where the provider cannot be reached), and waited for 10 s more. Resolves
   * to those that are left, as `namespace/name`; never rejects.
   */
  drain(signal: AbortSignal): Promise<{ readonly left: readonly string[] }>;
  /** Resolves when the signal has aborted and the last write has ended. */
  readonly drained: Promise<void>;
}

/** Pods reconciled at the same time. */
const concurrency = 32;

/**
 * Carries the pods that are bound to a provider's virtual node there as ShadowPods, and their status back, until the
 * signal aborts or the link ends. All state is in objects: stopping and starting again disturbs no pod.
 */
export function startPods(options: PodsOptions, signal: AbortSignal): Pods {
  const { source, link, clusterID, isOffloaded, log, random, wallClock } = options;
  const ended = AbortSignal.any([signal, link.signal]);
  const tombstones = tombstonesIn(source, link.tenantNamespace);
  const refused = refusals({ now: wallClock, random });
  const reachable = (): boolean => link.state().kind === 'connected';

  const say = (event: EventToRecord): void => {
    source.recordEvent(event).catch((error: unknown) => {
      if (!ended.aborted) log.debug({ error, reason: event.reason }, 'an event could not be recorded');
    });
  };
  const act = carryOut({ ...options, tombstones, refusals: refused, say });

  const reconcile = async (key: string): Promise<ReconcileResult> => {
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    // Before the first list a pod that is not there may well be.
    if (!localSynced) return {};
    const local = locals.get(key);
    const twin = remotes.of(namespace);
    const step: Step = decide({
      local,
      twin: twin?.view(name),
      reachable: reachable(),
      pairsKnown: remotes.known,
      twinRemoved: remotes.wasRemoved(namespace),
      offloaded: isOffloaded(namespace),
      wallMs: wallClock(),
    });
    if (local === undefined) refused.forget(key);
    return act(step, { key, namespace, name, local, remoteNamespace: twin?.pair.remote });
  };
  const queue = keyedQueue(
    {
      reconcile,
      concurrency,
      random,
      onError: (key, error, failures) => {
        const level = failures === 1 ? 'debug' : 'warn';
        // Powers of two: what fails for hours is said now and then.
        if ((failures & (failures - 1)) === 0)
          log[level]({ pod: key, error, failures }, 'the pod is tried again');
      },
    },
    ended,
  );

  /** Somebody else removed the object while the provider is away; what we remove has its tombstone before. */
  const entomb = ({ metadata }: LocalPod): void => {
    const { namespace = '', name, uid = '' } = metadata;
    const time = new Date(wallClock()).toISOString();
    tombstones.add({ namespace, name, uid, time }).catch((error: unknown) => {
      // The sweep finds it without one, as it is of no pod here.
      if (!ended.aborted) log.debug({ error, pod: `${namespace}/${name}` }, 'no tombstone could be written');
    });
  };

  let localSynced = false;
  const locals = source.watch<LocalPod>(
    {
      resource: localPods,
      fieldSelector: `spec.nodeName=${link.nodeName}`,
      onChange: ({ type, object }) => {
        const { namespace = '', name } = object.metadata;
        if (type === 'deleted' && !reachable() && wasSent(object)) entomb(object);
        queue.add(`${namespace}/${name}`);
      },
    },
    ended,
  );
  const remotes = twins(
    { ...options, tombstones, locals, reachable, say, refused, changed: (key) => queue.add(key) },
    ended,
  );
  const addAll = (): void => {
    for (const { metadata } of locals.list()) queue.add(`${metadata.namespace}/${metadata.name}`);
  };
  locals.synced.then(
    () => {
      localSynced = true;
      remotes.wake();
      addAll();
    },
    // It ended before it began.
    () => undefined,
  );
  link.onChange(() => {
    remotes.linkChanged();
    // A change of the grant may make room.
    refused.hurry();
    addAll();
  }, ended);

  log.info({ provider: link.clusterID, node: link.nodeName, clusterID }, 'pods are carried to the provider');
  return {
    setPairs: (pairs) => {
      remotes.set(pairs);
      refused.hurry();
      addAll();
    },
    drain: (patience) =>
      drainPods(
        {
          source,
          list: () => locals.list(),
          reachable,
          log,
          ended,
          bury: async (local) => {
            const { namespace = '', name } = local.metadata;
            const place = { key: `${namespace}/${name}`, namespace, name, local, remoteNamespace: undefined };
            await act({ do: 'removeLocal', tombstone: true }, place);
          },
        },
        patience,
      ),
    drained: Promise.all([queue.drained, remotes.drained]).then(() => undefined),
  };
}
