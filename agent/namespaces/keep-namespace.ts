import { isDeepStrictEqual } from 'node:util';
import type { Namespace } from '#core/api/kubernetes.ts';
import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { EventToRecord } from '#core/source/source.ts';
import { isSystemNamespace, remoteName } from './decide.ts';
import { type EndingPeer, ending, leftMs } from './end-offloading.ts';
import { isCleared } from './is-cleared.ts';
import { bindRole, isMarked, markNamespace, setFinalizer, unbindRole } from './namespace-marks.ts';
import {
  failureOf,
  type OffloadingStatus,
  offloadingStatus,
  type ProviderView,
} from './offloading-status.ts';

export interface NamespaceKeeperOptions {
  readonly source: ApiServerSource;
  /** Of this cluster. */
  readonly clusterID: string;
  /** The agent's own. */
  readonly serviceAccount: { readonly namespace: string; readonly name: string };
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly tell: (event: EventToRecord) => Promise<void>;
}

/** What other rooms have written is looked at again so often, while an offload ends. */
const clearedPollMs = 200;

/** A namespace with all that is known of it. */
export interface NamespaceView {
  readonly namespace: Namespace;
  readonly offloading: NamespaceOffloading | undefined;
  readonly isBound: boolean;
  readonly providers: readonly (ProviderView & EndingPeer)[];
}

/** Brings one namespace to what its NamespaceOffloading says: labels, rights, finalizer, status. */
export function namespaceKeeper(options: NamespaceKeeperOptions) {
  const { source, clusterID, serviceAccount, wallClock, tell } = options;
  const beganMs = wallClock();

  const writeStatus = async (
    view: NamespaceView,
    offloading: NamespaceOffloading,
  ): Promise<OffloadingStatus> => {
    const { name, namespace = '', generation, deletionTimestamp } = offloading.metadata;
    const status = offloadingStatus({
      remoteNamespaceName: remoteName(offloading, namespace, clusterID),
      deleting: deletionTimestamp !== undefined,
      generation,
      providers: view.providers,
      found: offloading.status,
      now: new Date(wallClock()).toISOString().replace(/\.\d+Z$/, 'Z'),
    });
    if (isDeepStrictEqual(status, offloading.status)) return status;
    const before = Object.keys(offloading.status?.remoteNamespacesConditions ?? {});
    // Merge-patched: a map that server-side apply empties becomes null, which the schema refuses.
    const remoteNamespacesConditions = {
      ...Object.fromEntries(before.map((id) => [id, null])),
      ...status.remoteNamespacesConditions,
    };
    await source.patchStatus(namespaceOffloadings, `${namespace}/${name}`, {
      ...status,
      remoteNamespacesConditions,
    });
    return status;
  };

  const tellFailures = async (
    view: NamespaceView,
    offloading: NamespaceOffloading,
    status: OffloadingStatus,
  ) => {
    for (const { clusterID: provider } of view.providers) {
      const failure = failureOf(status, provider);
      const before = failureOf(offloading.status ?? {}, provider);
      if (failure?.reason === undefined) continue;
      if (failure.reason === before?.reason && failure.message === before.message) continue;
      const message = `cluster "${provider}": ${failure.message ?? ''}`;
      await tell({ type: 'Warning', reason: failure.reason, message, about: offloading });
    }
  };

  /** The label first: what is created from here on stays in this cluster. */
  const end = async (
    view: NamespaceView,
    offloading: NamespaceOffloading,
  ): Promise<ReconcileResult | undefined> => {
    const { namespace, name = '' } = offloading.metadata;
    await markNamespace(source, view.namespace, undefined);
    await writeStatus(view, offloading);
    const verdict = ending(offloading, view.providers, wallClock(), beganMs);
    if (verdict.kind === 'wait') return { requeueAfterMs: verdict.afterMs };
    const patient = leftMs(offloading, wallClock(), beganMs) > 0;
    if (patient && view.isBound && !(await isCleared(source, view.namespace)))
      return { requeueAfterMs: clearedPollMs };
    for (const message of verdict.left) {
      await tell({ type: 'Warning', reason: 'TwinRemains', message, about: offloading });
    }
    await unbindRole(source, namespace ?? name);
    await setFinalizer(source, offloading, false);
    return undefined;
  };

  return async (view: NamespaceView): Promise<ReconcileResult | undefined> => {
    const { namespace, offloading, isBound } = view;
    const { name, deletionTimestamp } = namespace.metadata;
    if (offloading === undefined) {
      // Its finalizer was taken away by hand.
      if (isMarked(namespace)) await markNamespace(source, namespace, undefined);
      if (isBound) await unbindRole(source, name);
      return undefined;
    }
    if (offloading.metadata.deletionTimestamp !== undefined) {
      // It may be gone meanwhile, which is what is wanted.
      return ignoring('notFound', end(view, offloading));
    }
    if (isSystemNamespace(namespace, serviceAccount.namespace)) {
      const known = offloading.status?.observedGeneration === offloading.metadata.generation;
      const message = `namespace "${name}" belongs to the cluster itself and is not offloaded`;
      if (!known) await tell({ type: 'Warning', reason: 'NamespaceNotAllowed', message, about: offloading });
      await writeStatus(view, offloading);
      return undefined;
    }
    await setFinalizer(source, offloading, true);
    // In a namespace that ends nothing can be made; its NamespaceOffloading ends with it.
    if (!isBound && deletionTimestamp === undefined) await bindRole(source, name, serviceAccount);
    await markNamespace(source, namespace, offloading.spec?.podOffloadingStrategy ?? 'LocalAndRemote');
    const status = await writeStatus(view, offloading);
    await tellFailures(view, offloading, status);
    return undefined;
  };
}
