import { labels } from '#agent/model/names.ts';
import { type Node, nodes } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from './found.ts';

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
  try {
    await source.delete(nodes, name, { uid });
  } catch (error) {
    // Another one of the name is there meanwhile, or none.
    if (!(error instanceof SourceError) || (error.code !== 'conflict' && error.code !== 'notFound'))
      throw error;
  }
}
