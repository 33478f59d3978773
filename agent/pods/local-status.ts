import { isDeepStrictEqual } from 'node:util';
import { annotations } from '#agent/model/names.ts';
import {
  type ContainerStatus,
  type LocalPod,
  type PodCondition,
  type PodStatus,
  type RemotePod,
  wasSent,
} from './pod.ts';

/** On pods that run elsewhere: how often the provider has made their Pod anew. */
export const recreationsAnnotation = 'offloading.interspan.dev/remote-recreations';

/** Liqo's: on every pod that runs elsewhere. */
const shadowLabel = { key: 'liqo.io/shadowPod', value: 'true' };

/** Conditions that whoever runs the pod sets; those of others (gates, disruption) are kept as they stand here. */
const runnersConditions = new Set([
  'PodScheduled',
  'PodReadyToStartContainers',
  'Initialized',
  'ContainersReady',
  'Ready',
  'PodResizePending',
  'PodResizeInProgress',
]);

/** Our condition: False with the provider's words while it does not take the pod. */
const offloadedType = 'Offloaded';

/** Labels and annotations that tell where a pod runs. */
export interface Marks {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The marks that a pod with this Pod at the provider is to carry. */
export function marksOf(local: LocalPod, remote: RemotePod): Marks {
  const known = local.metadata.annotations?.[annotations.remotePodUID];
  const uid = remote.metadata.uid ?? '';
  const recreations = recreationsOf(local) + (known !== undefined && known !== uid ? 1 : 0);
  const { podIP = '' } = remote.status ?? {};
  const { nodeName = '' } = remote.spec ?? {};
  return {
    labels: { [shadowLabel.key]: shadowLabel.value },
    annotations: {
      [annotations.remotePodUID]: uid,
      ...(podIP !== '' && { [annotations.remotePodIP]: podIP }),
      ...(nodeName !== '' && { [annotations.remoteNode]: nodeName }),
      ...(recreations > 0 && { [recreationsAnnotation]: String(recreations) }),
    },
  };
}

/** The merge patch that sets the marks; undefined where they are. Address and node of an earlier Pod go. */
export function marksPatch(
  { metadata }: LocalPod,
  { labels, annotations: wanted }: Marks,
): object | undefined {
  const placed = [annotations.remotePodIP, annotations.remoteNode].filter(
    (key) => metadata.annotations?.[key] !== undefined && wanted[key] === undefined,
  );
  const has = (map: Readonly<Record<string, string>> | undefined, keys: Readonly<Record<string, string>>) =>
    Object.entries(keys).every(([key, value]) => map?.[key] === value);
  if (placed.length === 0 && has(metadata.labels, labels) && has(metadata.annotations, wanted)) {
    return undefined;
  }
  const gone = Object.fromEntries(placed.map((key) => [key, null]));
  return { metadata: { uid: metadata.uid, labels, annotations: { ...wanted, ...gone } } };
}

function recreationsOf({ metadata }: LocalPod): number {
  const count = Number(metadata.annotations?.[recreationsAnnotation] ?? 0);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/**
 * The status of a pod whose Pod at the provider has this one: the same whole, but for addresses (none: they do not
 * answer here; the agent's as the host's), generations (of the other object), and restarts, which count those that
 * the provider's remaking hid.
 */
export function statusFrom(
  remote: RemotePod,
  local: LocalPod,
  more: { readonly hostIP: string | undefined; readonly wallMs: number },
): PodStatus {
  const { status = {} } = remote;
  const marks = marksOf(local, remote);
  const restarts = Number(marks.annotations[recreationsAnnotation] ?? 0);
  const { containers = [], initContainers = [] } = local.spec ?? {};
  const here = (statuses: PodStatus['containerStatuses'], of: readonly { readonly name: string }[]) =>
    statuses
      ?.filter(({ name }) => of.some((container) => container.name === name))
      .map((one) => ({ ...one, restartCount: one.restartCount + restarts }));
  const containerStatuses = here(status.containerStatuses, containers);
  const initContainerStatuses = here(status.initContainerStatuses, initContainers);
  return {
    phase: status.phase ?? 'Pending',
    ...(status.reason && { reason: status.reason }),
    ...(status.message && { message: status.message }),
    ...(status.startTime && { startTime: status.startTime }),
    ...(more.hostIP && { hostIP: more.hostIP, hostIPs: [{ ip: more.hostIP }] }),
    conditions: gated(conditionsFrom(remote, local), local, more.wallMs),
    ...(containerStatuses && { containerStatuses }),
    ...(initContainerStatuses && { initContainerStatuses }),
  };
}

function conditionsFrom(remote: RemotePod, local: LocalPod): readonly PodCondition[] {
  const theirs = (remote.status?.conditions ?? []).map(
    ({ observedGeneration: _, ...condition }): PodCondition => condition,
  );
  const kept = (local.status?.conditions ?? []).filter(
    ({ type }) =>
      !runnersConditions.has(type) && type !== offloadedType && !theirs.some((one) => one.type === type),
  );
  return [...theirs, ...kept];
}

/** Readiness gates are judged here: as a kubelet does, a pod is not Ready before each of them is True. */
function gated(
  conditions: readonly PodCondition[],
  local: LocalPod,
  wallMs: number,
): readonly PodCondition[] {
  const isTrue = (type: string) => conditions.some((one) => one.type === type && one.status === 'True');
  const open = (local.spec?.readinessGates ?? []).filter(({ conditionType }) => !isTrue(conditionType));
  if (open.length === 0 || !isTrue('Ready')) return conditions;
  const message = `readiness gates that are not True: ${open.map((gate) => gate.conditionType).join(', ')}`;
  return withCondition(
    conditions,
    { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message },
    local,
    wallMs,
  );
}

/** The status of a pod that the provider does not take (any longer): with the words of whoever refused it. */
export function statusRefused(
  local: LocalPod,
  refusal: { readonly reason: string; readonly message: string },
  wallMs: number,
): PodStatus {
  const condition = { type: offloadedType, status: 'False', ...refusal };
  const base = wasSent(local) ? statusNotReady(local, refusal, wallMs) : (local.status ?? {});
  return { ...base, conditions: withCondition(base.conditions ?? [], condition, local, wallMs) };
}

/** The status of a pod whose Pod at the provider is not there at the moment: not ready, all else as it was. */
export function statusNotReady(
  local: LocalPod,
  cause: { readonly reason: string; readonly message: string },
  wallMs: number,
): PodStatus {
  const { status = {} } = local;
  const conditions = ['ContainersReady', 'Ready'].reduce<readonly PodCondition[]>(
    (all, type) => withCondition(all, { type, status: 'False', ...cause }, local, wallMs),
    status.conditions ?? [],
  );
  const { containerStatuses } = status;
  const stopped = containerStatuses?.map((one): ContainerStatus => ({ ...one, ready: false }));
  return { ...status, conditions, ...(stopped && { containerStatuses: stopped }) };
}

/** The status of a pod that will never run: Failed, so that whatever made it makes another. */
export function statusFailed(
  local: LocalPod,
  cause: { readonly reason: string; readonly message: string },
  wallMs: number,
): PodStatus {
  return { ...statusNotReady(local, cause, wallMs), phase: 'Failed', ...cause };
}

/**
 * The status of a DaemonSet's pod: nothing runs, and it counts as Running and Ready, so that no rollout waits for it.
 * Condition Virtual says so.
 */
export function statusVirtual(
  local: LocalPod,
  more: { readonly hostIP: string | undefined; readonly message: string; readonly wallMs: number },
): PodStatus {
  const { hostIP, message, wallMs } = more;
  const startTime = local.status?.startTime ?? timeText(wallMs);
  const conditions = ['Initialized', 'ContainersReady', 'Ready', 'Virtual'].reduce<readonly PodCondition[]>(
    (all, type) => withCondition(all, { type, status: 'True', reason: 'NotRunHere', message }, local, wallMs),
    local.status?.conditions ?? [],
  );
  return {
    phase: 'Running',
    startTime,
    ...(hostIP && { hostIP, hostIPs: [{ ip: hostIP }] }),
    conditions,
    containerStatuses: (local.spec?.containers ?? []).map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: startTime } },
    })),
  };
}

/** The conditions with this one; the one that stands on the pod is kept where it says the same. */
function withCondition(
  conditions: readonly PodCondition[],
  wanted: Omit<PodCondition, 'lastTransitionTime'>,
  local: LocalPod,
  wallMs: number,
): readonly PodCondition[] {
  const { type, status, reason, message } = wanted;
  const stands = local.status?.conditions?.find((one) => one.type === type);
  const same = stands?.status === status && stands.reason === reason && stands.message === message;
  const lastTransitionTime =
    stands?.status === status && stands.lastTransitionTime !== undefined
      ? stands.lastTransitionTime
      : timeText(wallMs);
  return [
    ...conditions.filter((one) => one.type !== type),
    same ? stands : { ...wanted, lastTransitionTime },
  ];
}

/** Fields of a pod's status that are ours; a field that is not wanted is taken away. */
const ownFields = [
  'phase',
  'reason',
  'message',
  'startTime',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'conditions',
  'containerStatuses',
  'initContainerStatuses',
] as const;

/** The merge patch (of the status) that makes a pod's status the wanted one; undefined where it is. */
export function statusPatch(local: LocalPod, wanted: PodStatus): Record<string, unknown> | undefined {
  const { status = {} } = local;
  const changed = ownFields.flatMap((field): [string, unknown][] => {
    const [has, wants] = [status[field], wanted[field]];
    const same = field === 'conditions' ? sameConditions(has, wants) : isDeepStrictEqual(has, wants);
    return same ? [] : [[field, wants ?? null]];
  });
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Whatever their order: conditions are a map by type. */
function sameConditions(has: unknown, wants: unknown): boolean {
  const byType = (conditions: unknown) =>
    new Map(((conditions ?? []) as readonly PodCondition[]).map((one) => [one.type, one]));
  return isDeepStrictEqual(byType(has), byType(wants));
}

/** metav1.Time: whole seconds. */
function timeText(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\.\d+Z$/, 'Z');
}
