import type { Pod } from '#core/api/kubernetes.ts';

/** A pod that runs elsewhere, and what becomes of it when that ends. */
export interface PodElsewhere {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** `moves`: its controller makes another one. `lost`: nobody does. */
  readonly fate: 'moves' | 'lost';
}

/** Pods on virtual nodes, but for those of DaemonSets, which run nowhere else. */
export function podsElsewhere(
  pods: readonly Pod[],
  virtualNodes: ReadonlySet<string>,
): readonly PodElsewhere[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const node = spec?.nodeName ?? '';
    const controller = metadata.ownerReferences?.find((owner) => owner.controller);
    const over = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    if (!virtualNodes.has(node) || over || controller?.kind === 'DaemonSet') return [];
    return [
      {
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        node,
        fate: controller === undefined ? ('lost' as const) : ('moves' as const),
      },
    ];
  });
}

/** Lines for a person: what moves, what is lost. */
export function fateLines(pods: readonly PodElsewhere[]): readonly string[] {
  const line = (fate: PodElsewhere['fate'], what: string): readonly string[] => {
    const these = pods.filter((pod) => pod.fate === fate);
    if (these.length === 0) return [];
    const shown = these.slice(0, 10).map(({ namespace, name }) => `${namespace}/${name}`);
    const more = these.length > shown.length ? ` and ${these.length - shown.length} more` : '';
    return [`  ${what}: ${shown.join(', ')}${more}`];
  };
  return [
    ...line('moves', 'pods that end there and are made anew'),
    ...line('lost', 'pods that are lost (nothing makes them anew)'),
  ];
}
