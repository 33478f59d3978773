import { labels as labelNames } from '#agent/model/names.ts';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import type { Container, LocalPod, PodSpec, Volume } from './pod.ts';

/** From which cluster to which, and where there. */
export interface Route {
  /** Id of this cluster. */
  readonly origin: string;
  /** Id of the provider. */
  readonly destination: string;
  /** The twin namespace. */
  readonly namespace: string;
}

/** Something of the pod that does not go along, said once to its owner. */
export interface Note {
  readonly reason: 'ServiceAccountNotOffloaded' | 'ReadinessGatesNotOffloaded';
  readonly message: string;
}

/**
 * Fields that go along as they are. Host access goes too, and what a provider may not support: it must refuse it, so
 * that the user reads why, and nothing runs otherwise than it was meant.
 */
const carried = [
  'restartPolicy',
  'terminationGracePeriodSeconds',
  'activeDeadlineSeconds',
  'dnsPolicy',
  'dnsConfig',
  'hostAliases',
  'hostname',
  'subdomain',
  'securityContext',
  'shareProcessNamespace',
  'enableServiceLinks',
  'imagePullSecrets',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'setHostnameAsFQDN',
  'os',
  'resources',
  'resourceClaims',
] as const;

/** The runtime class that sends a pod to a virtual node; Liqo's. It means nothing at the provider. */
const sendingRuntimeClass = 'liqo';

/**
 * The ShadowPod of a pod. What only means something in this cluster stays here: where it was scheduled and why,
 * priority, service account with the token volume that admission adds, tolerations, readiness gates.
 */
export function toShadowPod(
  pod: LocalPod,
  route: Route,
): { readonly shadowPod: ShadowPod; readonly notes: readonly Note[] } {
  const { labels, annotations } = shadowMetadata(pod, route);
  return {
    shadowPod: {
      apiVersion: 'offloading.liqo.io/v1beta1',
      kind: 'ShadowPod',
      metadata: { name: pod.metadata.name, namespace: route.namespace, labels, annotations },
      spec: { consumerPodUID: pod.metadata.uid ?? '', pod: offloadedSpec(pod.spec ?? {}) },
    },
    notes: notesOf(pod.spec ?? {}),
  };
}

/** The labels and annotations of a pod's ShadowPod; they follow the pod's as long as it lives. */
export function shadowMetadata(
  { metadata }: LocalPod,
  { origin, destination }: Omit<Route, 'namespace'>,
): { readonly labels: Record<string, string>; readonly annotations: Record<string, string> } {
  return {
    labels: {
      ...without(metadata.labels, isReservedKey),
      [labelNames.origin]: origin,
      [labelNames.destination]: destination,
    },
    annotations: without(
      metadata.annotations,
      (key) =>
        key === 'kubectl.kubernetes.io/last-applied-configuration' ||
        domainOf(key) === 'offloading.interspan.dev',
    ),
  };
}

/** Whether a label's key is offloading's own: none of these is taken from a user, nor from a ShadowPod away. */
export function isReservedKey(key: string): boolean {
  const domain = domainOf(key);
  return domain === 'liqo.io' || domain.endsWith('.liqo.io') || domain.startsWith('offloading.');
}

function domainOf(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? '' : key.slice(0, slash);
}

function without(
  map: Readonly<Record<string, string>> | undefined,
  drops: (key: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !drops(key)));
}

function offloadedSpec(spec: PodSpec): Record<string, unknown> {
  const tokenVolumes = new Set((spec.volumes ?? []).filter(isTokenVolume).map(({ name }) => name));
  const withoutToken = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => ({
      ...container,
      ...(container.volumeMounts && {
        volumeMounts: container.volumeMounts.filter(({ name }) => !tokenVolumes.has(name)),
      }),
    }));
  const volumes = spec.volumes?.filter(({ name }) => !tokenVolumes.has(name));
  const entries: (readonly [string, unknown])[] = [
    ['containers', withoutToken(spec.containers)],
    ['initContainers', withoutToken(spec.initContainers)],
    ['volumes', volumes?.length === 0 ? undefined : volumes],
    ...carried.map((name) => [name, spec[name]] as const),
    ['runtimeClassName', spec.runtimeClassName === sendingRuntimeClass ? undefined : spec.runtimeClassName],
    ['automountServiceAccountToken', false],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The volume that ServiceAccount admission adds to every pod. */
function isTokenVolume({ name, projected }: Volume): boolean {
  return (
    name.startsWith('kube-api-access-') &&
    (projected?.sources ?? []).some((source) => 'serviceAccountToken' in source)
  );
}

function notesOf({ serviceAccountName = 'default', readinessGates = [] }: PodSpec): readonly Note[] {
  const notes: Note[] = [];
  if (serviceAccountName !== 'default') {
    notes.push({
      reason: 'ServiceAccountNotOffloaded',
      message: `the service account ${serviceAccountName} stays in this cluster: the pod runs at the provider without a token`,
    });
  }
  if (readinessGates.length > 0) {
    const gates = readinessGates.map(({ conditionType }) => conditionType).join(', ');
    notes.push({
      reason: 'ReadinessGatesNotOffloaded',
      message: `the readiness gates ${gates} are judged in this cluster, the provider does not know them`,
    });
  }
  return notes;
}
