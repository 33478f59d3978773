import { labels } from '#agent/model/names.ts';
import { type Node, nodes } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';

/** Deletes the virtual node of a provider that was left, where clearing away did not come so far. */
export async function deleteLeftNode(
  source: Pick<ApiServerSource, 'get' | 'delete'>,
  clusterID: string,
): Promise<void> {
  const node = await found<Node>(source.get(nodes, `liqo-${clusterID}`));
  if (node === undefined) return;
  const { name, uid, labels: marks = {} } = node.metadata;
  const ours = marks[labels.type] === 'virtual-node' && marks[labels.remoteClusterID] === clusterID;
  if (!ours || uid === undefined) return;
  // Another one of the name may be there meanwhile.
  await ignoring('conflict', source.delete(nodes, name, { uid }));
}
