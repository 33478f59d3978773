import { annotations } from '#agent/model/names.ts';
import { type KubeObject, type ObjectMeta, pods, type Resource } from '#core/api/kubernetes.ts';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';

/** core/v1 Pod of this cluster: what of it is read; everything else is carried as it is. */
export interface LocalPod extends KubeObject {
  readonly metadata: ObjectMeta & { readonly deletionGracePeriodSeconds?: number };
  readonly spec?: PodSpec;
  readonly status?: PodStatus;
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly serviceAccountName?: string;
  readonly runtimeClassName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly readinessGates?: readonly { readonly conditionType: string }[];
  readonly [field: string]: unknown;
}
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath?: string }[];
  readonly [field: string]: unknown;
}
export interface Volume {
  readonly name: string;
  readonly projected?: { readonly sources?: readonly object[] };
  readonly [source: string]: unknown;
}

export interface PodStatus {
  readonly phase?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly hostIP?: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime?: string;
  readonly conditions?: readonly PodCondition[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
}
/** core/v1 PodCondition: as metav1.Condition, but most of it optional. */
export interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly observedGeneration?: number;
}
export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly [field: string]: unknown;
}

/** A Pod at the provider. Of its spec only the node is kept. */
export interface RemotePod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: PodStatus;
}

export const localPods = pods as Resource<LocalPod>;
export const remotePods = pods as Resource<RemotePod>;

/** Succeeded or Failed: nothing of it runs again, ever. */
export function isTerminal(pod: { readonly status?: PodStatus }): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether a DaemonSet put it on the node. */
export function isDaemonSetPod({ metadata }: KubeObject): boolean {
  return (metadata.ownerReferences ?? []).some(
    ({ apiVersion, kind }) => kind === 'DaemonSet' && apiVersion.startsWith('apps/'),
  );
}

/** Whether a Pod at the provider has been seen for it. */
export function wasSent({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[annotations.remotePodUID] !== undefined;
}

/** UID of the consumer's pod that a ShadowPod or a Pod at the provider was made for. */
export function consumerUID(object: ShadowPod | RemotePod): string | undefined {
  const { spec } = object as ShadowPod;
  return spec?.consumerPodUID ?? object.metadata.annotations?.[annotations.consumerPodUID];
}
