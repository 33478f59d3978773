import { isDeepStrictEqual } from 'node:util';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { NodeError } from './errors.ts';
import { identifyingLabels, nodeLabels } from './node-labels.ts';
import { type NodeObject, nodeObjects, type Taint } from './node-object.ts';
import { conditionsStand, type NodeStatus, nodeStatus, withTimes } from './node-status.ts';
import { lostAfterMs, ourTaints, withOurTaints } from './taints.ts';

export interface NodeKeeperOptions {
  readonly source: ApiServerSource;
  readonly link: ProviderLink;
  readonly kubelet: () => { readonly address: string; readonly port: number } | undefined;
  readonly namespaces: () => readonly string[];
  readonly networkUp: () => boolean | undefined;
  /** Monotonic milliseconds, those of the link's state. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** Kubelets write their status at least so often too. */
const longestSilenceMs = 300_000;

/** What was written to the node of a uid, so that nothing is written twice. */
interface Written {
  readonly uid: string;
  labels?: Readonly<Record<string, string>>;
  status?: NodeStatus;
  statusAtMs?: number;
}

/**
 * Brings the Node of a provider to what it should be: `reconcile` takes it as found, or undefined where there is none.
 * Labels and status are applied server-side, so that those of people stay; of the taints only ours are touched.
 * Rejects with NodeError where a node of the name is somebody else's.
 */
export function nodeKeeper(options: NodeKeeperOptions) {
  const { source, link, kubelet, namespaces, networkUp, now, wallClock } = options;
  const { nodeName, clusterID } = link;
  let written: Written | undefined;

  const isLost = (): boolean => {
    const state = link.state();
    return state.kind !== 'connected' && now() - state.sinceMs >= lostAfterMs;
  };

  /** Tainted from its first moment, so that nothing else is ever sent there. */
  const create = (): Promise<NodeObject> =>
    source.create(nodeObjects, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nodeName, labels: identifyingLabels(nodeName, clusterID) },
      spec: { taints: ourTaints(isLost()) },
    });

  const writeTaints = async (node: NodeObject, lost: boolean, cordoned: boolean): Promise<void> => {
    const time = new Date(wallClock()).toISOString().replace(/\.\d+Z$/, 'Z');
    const taints = withOurTaints(node.spec?.taints ?? [], lost, time);
    const cordon = cordoned && node.spec?.unschedulable !== true;
    if (taints === undefined && !cordon) return;
    const spec: { taints?: readonly Taint[]; unschedulable?: boolean } = {
      ...(taints === undefined ? {} : { taints }),
      ...(cordon ? { unschedulable: true } : {}),
    };
    const { uid, resourceVersion } = node.metadata;
    await source.patch(nodeObjects, nodeName, { metadata: { uid, resourceVersion }, spec });
  };

  const writeLabels = async (node: NodeObject, to: Written): Promise<void> => {
    const labels = nodeLabels({ nodeName, clusterID, grant: link.grant(), namespaces: namespaces() });
    const found = node.metadata.labels ?? {};
    const stand = Object.entries(labels).every(([key, value]) => found[key] === value);
    if (stand && isDeepStrictEqual(to.labels, labels)) return;
    // The uid: what is deleted meanwhile is not made again from labels alone.
    const metadata = { name: nodeName, uid: to.uid, labels };
    await source.apply(nodeObjects, { apiVersion: 'v1', kind: 'Node', metadata });
    to.labels = labels;
  };

  const writeStatus = async (node: NodeObject, to: Written): Promise<void> => {
    const status = nodeStatus({
      nodeName,
      clusterID,
      grant: link.grant(),
      state: link.state(),
      kubelet: kubelet(),
      networkUp: networkUp(),
    });
    const found = node.status?.conditions ?? [];
    const fresh = to.statusAtMs !== undefined && now() - to.statusAtMs < longestSilenceMs;
    if (fresh && isDeepStrictEqual(to.status, status) && conditionsStand(status, found)) return;
    await source.applyStatus(nodeObjects, {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: nodeName },
      status: withTimes(status, found, new Date(wallClock()).toISOString().replace(/\.\d+Z$/, 'Z')),
    });
    to.status = status;
    to.statusAtMs = now();
  };

  /** Until the node changes by the clock alone. The time may have come while it was written: then at once. */
  const nextMs = (lost: boolean): number => {
    const state = link.state();
    if (state.kind === 'connected' || lost) return longestSilenceMs;
    return Math.max(state.sinceMs + lostAfterMs - now(), 0);
  };

  return {
    reconcile: async (found: NodeObject | undefined, cordoned: boolean): Promise<ReconcileResult> => {
      const node = found ?? (await create());
      const uid = node.metadata.uid ?? '';
      if (written?.uid !== uid && !isOurs(node, clusterID)) throw NodeError.nameTaken(nodeName, clusterID);
      if (written?.uid !== uid) written = { uid };
      const lost = isLost();
      await writeTaints(node, lost, cordoned);
      await writeLabels(node, written);
      await writeStatus(node, written);
      return { requeueAfterMs: nextMs(lost) };
    },
  };
}

/** Whether a node stands for the cluster. One of the marks is enough: people may have taken one away. */
export function isOurs(node: NodeObject, clusterID: string): boolean {
  const { 'kubernetes.io/hostname': _, ...marks } = identifyingLabels(node.metadata.name, clusterID);
  return Object.entries(marks).some(([key, value]) => node.metadata.labels?.[key] === value);
}
