import type { KubeObject } from '#core/api/kubernetes.ts';

/** What stands in a namespace, as far as it decides what spans clusters. */
export interface NamespaceContents {
  readonly services: readonly (KubeObject & {
    readonly spec?: {
      readonly clusterIP?: string;
      readonly ports?: readonly { readonly protocol?: string; readonly port: number }[];
    };
  })[];
  readonly statefulSets: readonly KubeObject[];
  readonly claims: readonly KubeObject[];
  readonly autoscalers: readonly KubeObject[];
  readonly networkPolicies: readonly KubeObject[];
}

/** A line for each kind of thing that is there and will not span clusters, with why. */
export function willNotSpan(contents: NamespaceContents): readonly string[] {
  const headless = contents.services.filter(({ spec }) => spec?.clusterIP === 'None');
  const udp = contents.services.filter(({ spec }) => spec?.ports?.some(({ protocol }) => protocol === 'UDP'));
  return [
    line('headless Services', headless, 'their names resolve to pods of this cluster only'),
    line('UDP ports of Services', udp, 'only TCP goes between clusters'),
    line(
      'StatefulSets',
      contents.statefulSets,
      'pods that run elsewhere have no stable name there, and wait for a lost provider',
    ),
    line('PersistentVolumeClaims', contents.claims, 'pods that use them stay in this cluster'),
    line(
      'HorizontalPodAutoscalers',
      contents.autoscalers,
      'they see pods elsewhere only as far as metrics of virtual nodes are collected',
    ),
    line('NetworkPolicies', contents.networkPolicies, 'they do not hold for pods that run elsewhere'),
  ].flat();
}

function line(what: string, objects: readonly KubeObject[], why: string): readonly string[] {
  if (objects.length === 0) return [];
  const shown = objects.slice(0, 5).map(({ metadata }) => metadata.name);
  const more = objects.length > shown.length ? ` and ${objects.length - shown.length} more` : '';
  return [`${what} (${shown.join(', ')}${more}): ${why}`];
}
