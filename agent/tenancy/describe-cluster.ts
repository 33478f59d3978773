import { labels } from '#agent/model/names.ts';
import type { KubeObject, Node } from '#core/api/kubernetes.ts';

/** A Node, as far as it tells what a cluster is. */
export interface DescribedNode extends Node {
  readonly status?: Node['status'] & {
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly architecture?: string };
  };
}

/** The gateway's Service; nodePort is absent until the API server has given one. */
export interface GatewayService extends KubeObject {
  readonly spec?: {
    readonly ports?: readonly { readonly name?: string; readonly nodePort?: number }[];
  };
}

/** Lowest kubelet version and most frequent architecture of the real nodes; `''` where there are none. */
export function describeNodes(all: Iterable<DescribedNode>): {
  readonly kubeletVersion: string;
  readonly architecture: string;
} {
  const infos = [...all].filter(isReal).flatMap(({ status }) => status?.nodeInfo ?? []);
  const versions = infos.flatMap(({ kubeletVersion }) => kubeletVersion || []);
  const architectures = infos.flatMap(({ architecture }) => architecture || []).toSorted();
  const counts = new Map<string, number>();
  for (const each of architectures) counts.set(each, (counts.get(each) ?? 0) + 1);
  return {
    kubeletVersion: versions.toSorted(compareVersions)[0] ?? '',
    architecture: [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? '',
  };
}

/** HOST:PORT by which the gateway's NodePort is reached: InternalIPs of real Ready nodes, sorted. */
export function nodePortAddresses(
  all: Iterable<DescribedNode>,
  service: GatewayService | undefined,
): readonly string[] {
  const port = service?.spec?.ports?.find(({ name }) => name === 'gateway')?.nodePort;
  if (port === undefined) return [];
  return [...all]
    .filter((node) => isReal(node) && isReady(node))
    .flatMap(({ status }) => status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`))
    .toSorted();
}

function isReal({ metadata }: DescribedNode): boolean {
  return metadata.labels?.[labels.type] !== 'virtual-node';
}

function isReady({ status }: DescribedNode): boolean {
  return status?.conditions?.some(({ type, status: word }) => type === 'Ready' && word === 'True') ?? false;
}

/** `v1.9.3` before `v1.36.0`; by number, part after part. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+/g)?.map(Number) ?? []);
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}
