import { annotations, labels } from '#agent/model/names.ts';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import { shadowPods } from '#core/api/offload/shadow-pod.ts';
import { apiVersion } from '#core/api/resource.ts';
import { beyondBaseline } from './baseline.ts';
import { copyAllowed, type RefusedField } from './copy-allowed.ts';
import type { PodContainer, ProvidedPod, ResourceList } from './pod.ts';
import { podFields } from './pod-fields.ts';

/** What the consumer may have of a Pod. */
export interface PodPolicy {
  /** Id of the consumer. */
  readonly consumer: string;
  /** Default baseline. */
  readonly podSecurity?: 'privileged' | 'baseline' | 'restricted';
}

/** A Pod to make, or all that it was refused for. */
export type BuiltPod =
  | { readonly pod: ProvidedPod }
  | { readonly refused: readonly [RefusedField, ...RefusedField[]] };

/** What a container requests that says nothing: enough to count, too little to keep others out. */
const defaultRequests = { cpu: '10m', memory: '16Mi' } as const;
const root = 'spec.pod';
/** Annotations that mean something to kubectl or scrapers and nothing to a node; no others are taken over. */
const takenAnnotation = /^(kubectl\.kubernetes\.io\/(default-container|restartedAt)|prometheus\.io\/[a-z]+)$/;

/**
 * The Pod of exactly this version of a ShadowPod, put together from an allow-list of fields: whatever else stands in it
 * is refused, never left out. It has no token of the provider's API, and belongs to the ShadowPod.
 */
export function buildPod(shadow: ShadowPod, policy: PodPolicy): BuiltPod {
  const refused: RefusedField[] = [];
  const spec = copyAllowed(shadow.spec?.pod ?? {}, podFields, root, refused) as NonNullable<
    ProvidedPod['spec']
  >;
  if (policy.podSecurity !== 'privileged' && spec !== undefined) {
    refused.push(...beyondBaseline(spec as Readonly<Record<string, unknown>>, root));
  }
  const [first, ...others] = refused;
  if (first !== undefined) return { refused: [first, ...others] };
  const { name, namespace = '', uid = '' } = shadow.metadata;
  const { consumerPodUID } = shadow.spec ?? {};
  const { containers = [], initContainers } = spec;
  const taken = Object.entries(shadow.metadata.annotations ?? {}).filter(([key]) =>
    takenAnnotation.test(key),
  );
  return {
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: podLabels(shadow, policy.consumer),
        annotations: {
          ...Object.fromEntries(taken),
          ...(consumerPodUID !== undefined && { [annotations.consumerPodUID]: consumerPodUID }),
        },
        ownerReferences: [
          { apiVersion: apiVersion(shadowPods), kind: shadowPods.kind, name, uid, controller: true },
        ],
      },
      spec: {
        ...spec,
        containers: containers.map(withRequests),
        ...(initContainers && { initContainers: initContainers.map(withRequests) }),
        ...{ automountServiceAccountToken: false },
      },
    },
  };
}

/** The labels of a ShadowPod's Pod. */
export function podLabels(shadow: ShadowPod, consumer: string): Readonly<Record<string, string>> {
  return { ...shadow.metadata.labels, [labels.managedBy]: 'shadowpod', [labels.origin]: consumer };
}

function withRequests(container: PodContainer): PodContainer {
  const { requests, limits } = container.resources ?? {};
  const missing = Object.entries(defaultRequests).filter(
    ([name]) => requests?.[name] === undefined && limits?.[name] === undefined,
  );
  if (missing.length === 0) return container;
  const filled: ResourceList = { ...requests, ...Object.fromEntries(missing) };
  return { ...container, resources: { ...container.resources, requests: filled } };
}
