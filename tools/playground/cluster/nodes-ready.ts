import { setTimeout as sleep } from 'node:timers/promises';
import type { Node } from '#core/api/kubernetes.ts';
import { PlaygroundError } from '#tools/playground/errors.ts';
import type { ClusterPlan } from '#tools/playground/world/plan.ts';
import type { ApiClient } from './api-client.ts';
import { type RunningPod, stalePods } from './stale-pods.ts';

const role = 'node-role.kubernetes.io/control-plane';
const timeoutMs = 60_000;

/**
 * Waits until every node of a cluster is registered and Ready, and labels the control plane's. A node in `startedAt`
 * must have reported since that time. NOT_READY after 60 s.
 */
export async function nodesReady(
  client: ApiClient,
  cluster: ClusterPlan,
  startedAt: ReadonlyMap<string, Date>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const { items: nodes } = await client.read<{ items: readonly Node[] }>('/api/v1/nodes');
    await labelControlPlane(client, cluster, nodes);
    const missing = cluster.nodes.filter(({ name }) => {
      const node = nodes.find(({ metadata }) => metadata.name === name);
      return !isReady(node) || !hasReported(node, startedAt.get(name));
    });
    if (missing.length === 0) return;
    if (performance.now() > deadline) {
      const names = missing.map(({ name }) => name).join(', ');
      throw new PlaygroundError('NOT_READY', `not Ready after ${timeoutMs / 1000} s: ${names}`);
    }
    await sleep(200, undefined, signal === undefined ? {} : { signal });
  }
}

/** Waits until the API knows that the pods of booted nodes are not those of the nodes' earlier lives. NOT_READY after 60 s. */
export async function podsOfThisBoot(
  client: ApiClient,
  bootedAt: ReadonlyMap<string, Date>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (bootedAt.size > 0) {
    const { items } = await client.read<{ items: readonly RunningPod[] }>('/api/v1/pods');
    const stale = stalePods(items, bootedAt);
    if (stale.length === 0) return;
    if (performance.now() > deadline) {
      throw new PlaygroundError(
        'NOT_READY',
        `not started again after ${timeoutMs / 1000} s: ${stale.join(', ')}`,
      );
    }
    await sleep(200, undefined, signal === undefined ? {} : { signal });
  }
}

/** Whether the condition Ready is True; a node that is not there is not ready. */
export function isReady(node: Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Whether a node's status is not older than `since`; heartbeats are in whole seconds. */
function hasReported(node: Node | undefined, since: Date | undefined): boolean {
  if (since === undefined) return true;
  const ready: { type: string; lastHeartbeatTime?: string } | undefined = node?.status?.conditions?.find(
    ({ type }) => type === 'Ready',
  );
  const heartbeat = ready?.lastHeartbeatTime;
  return heartbeat !== undefined && Date.parse(heartbeat) >= Math.floor(since.getTime() / 1000) * 1000;
}

/** NodeRestriction does not let a kubelet give itself a role. */
async function labelControlPlane(
  client: ApiClient,
  cluster: ClusterPlan,
  nodes: readonly Node[],
): Promise<void> {
  for (const { name, controlPlane } of cluster.nodes) {
    const node = nodes.find(({ metadata }) => metadata.name === name);
    if (!controlPlane || node === undefined || node.metadata.labels?.[role] !== undefined) continue;
    await client.send('PATCH', `/api/v1/nodes/${name}`, {
      type: 'application/merge-patch+json',
      value: { metadata: { labels: { [role]: '' } } },
    });
  }
}
