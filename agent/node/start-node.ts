import type { ProviderLink } from '#agent/model/provider-link.ts';
import { resourceSlices } from '#core/api/offload/resource-slice.ts';
import { virtualNodes } from '#core/api/offload/virtual-node.ts';
import { keyedQueue, type ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from '#core/source/found.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { NodeError } from './errors.ts';
import { isOurs, nodeKeeper } from './keep-node.ts';
import { providerObjectsKeeper } from './keep-provider-objects.ts';
import { deleteNodeLease, nodeLeaseTimes, renewNodeLease } from './node-lease.ts';
import { nodeObjects } from './node-object.ts';

export interface NodeOptions {
  readonly source: ApiServerSource;
  readonly link: ProviderLink;
  /** Of this cluster. */
  readonly clusterID: string;
  /** Address of this agent's pod and port of its kubelet endpoint; undefined until it listens. */
  readonly kubelet: () => { readonly address: string; readonly port: number } | undefined;
  /** Namespaces of this cluster whose twin the provider has accepted. */
  readonly namespaces: () => readonly string[];
  /** Whether a gateway has a connection to the provider's; undefined when that is not known. */
  readonly networkUp: () => boolean | undefined;
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Monotonic milliseconds: the clock of the link's state. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

export interface VirtualNodeHandle {
  /** Namespaces, network or kubelet endpoint may have changed. */
  touch(): void;
  /** From now on the node takes no new pods. */
  cordon(): void;
  /** Ends the loops and deletes Node, Lease, VirtualNode and ResourceSlice; those that are gone are fine. */
  remove(): Promise<void>;
  /** The node has been written once, with its status. Rejects when all ends before that. */
  readonly ready: Promise<void>;
  /** Nothing runs any longer. */
  readonly drained: Promise<void>;
}

/** The Lease is tried again so soon when it could not be renewed: three times before it counts as late. */
const leaseRetryMs = 2000;

/**
 * Keeps one provider as a Node of this cluster, with its Lease, VirtualNode and ResourceSlice, until the signal (or the
 * link's) aborts, which leaves them all as they are: another replica goes on with them.
 */
export function startNode(options: NodeOptions, outer: AbortSignal): VirtualNodeHandle {
  const { source, link, log, random, wallClock } = options;
  const { nodeName, tenantNamespace, clusterID } = link;
  const own = new AbortController();
  const signal = AbortSignal.any([outer, link.signal, own.signal]);
  const ready = Promise.withResolvers<void>();
  // Who does not wait for it has nothing to handle.
  ready.promise.catch(() => undefined);
  let cordoned = false;

  const reconcilers: Readonly<Record<string, () => Promise<ReconcileResult | undefined>>> = {
    node: async () => {
      await nodes.synced;
      const result = await keeper.reconcile(nodes.get(nodeName), cordoned);
      ready.resolve();
      return result;
    },
    lease: async () => {
      const node = nodes.get(nodeName);
      if (node === undefined || !isOurs(node, clusterID)) return undefined;
      try {
        await renewNodeLease(source, node, wallClock());
        return { requeueAfterMs: nodeLeaseTimes.renewMs };
      } catch (error) {
        if (!signal.aborted)
          log.warn({ node: nodeName, error }, 'the Lease of a virtual node was not renewed');
        return { requeueAfterMs: leaseRetryMs };
      }
    },
    virtualNode: async () => {
      await views.synced;
      const state = nodes.get(nodeName) === undefined ? 'Creating' : 'Running';
      await objects.virtualNode(views.get(`${tenantNamespace}/${nodeName}`), state);
      return undefined;
    },
    resourceSlice: async () => {
      await slices.synced;
      await objects.resourceSlice(slices.get(`${tenantNamespace}/${clusterID}`));
      return undefined;
    },
  };
  const onError = (key: string, error: unknown, failures: number): void => {
    // Somebody else wrote meanwhile: the watch has shown it, or soon will.
    if (error instanceof SourceError && error.code === 'conflict' && failures < 5) return;
    log.warn({ node: nodeName, error, failures }, `a virtual node's ${key} was not written`);
    if (!(error instanceof NodeError) || failures !== 1) return;
    const about = views.get(`${tenantNamespace}/${nodeName}`);
    if (about === undefined) return;
    const message = `${error.message}. ${error.hint}`;
    source
      .recordEvent({ type: 'Warning', reason: 'NodeNameTaken', message, about })
      .catch((failure) => log.warn({ error: failure }, 'an event was not recorded'));
  };
  const queue = keyedQueue(
    { reconcile: (key) => (reconcilers[key] as () => Promise<undefined>)(), concurrency: 4, onError, random },
    signal,
  );
  const touchAll = (): void => {
    for (const key of Object.keys(reconcilers)) if (key !== 'lease') queue.add(key);
  };

  const deleteOurs = async (): Promise<void> => {
    const there = await found(source.get(nodeObjects, nodeName));
    if (there !== undefined && !isOurs(there, clusterID)) return;
    const { uid } = there?.metadata ?? {};
    if (uid !== undefined) await source.delete(nodeObjects, nodeName, { uid });
    await deleteNodeLease(source, nodeName);
  };

  const onNode = (): void => {
    queue.add('node');
    queue.add('virtualNode');
  };
  let leased: string | undefined;
  const nodes = source.watch(
    {
      resource: nodeObjects,
      fieldSelector: `metadata.name=${nodeName}`,
      onChange: ({ type, object }) => {
        onNode();
        // The loop of the Lease begins with each new node, and ends where there is none.
        if (type === 'applied' && object.metadata.uid !== leased) {
          leased = object.metadata.uid;
          queue.add('lease');
        }
      },
    },
    signal,
  );
  const views = source.watch(
    { resource: virtualNodes, namespace: tenantNamespace, onChange: () => queue.add('virtualNode') },
    signal,
  );
  const slices = source.watch(
    { resource: resourceSlices, namespace: tenantNamespace, onChange: () => queue.add('resourceSlice') },
    signal,
  );
  const keeper = nodeKeeper(options);
  const objects = providerObjectsKeeper(options);
  link.onChange(touchAll, signal);
  touchAll();
  void queue.drained.then(() => ready.reject(signal.reason));

  return {
    touch: touchAll,
    cordon: () => {
      cordoned = true;
      queue.add('node');
    },
    remove: async () => {
      own.abort(new DOMException('the virtual node is removed', 'AbortError'));
      await queue.drained;
      await deleteOurs();
      await source.delete(virtualNodes, `${tenantNamespace}/${nodeName}`);
      await source.delete(resourceSlices, `${tenantNamespace}/${clusterID}`);
    },
    ready: ready.promise,
    drained: queue.drained,
  };
}
