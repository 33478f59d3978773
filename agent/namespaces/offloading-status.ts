import type { NamespaceMap } from '#core/api/offload/namespace-map.ts';
import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import type { Decision } from './decide.ts';

export type OffloadingStatus = NonNullable<NamespaceOffloading['status']>;
export type OffloadingPhase = NonNullable<OffloadingStatus['offloadingPhase']>;
export type Twin = NonNullable<NonNullable<NamespaceMap['status']>['currentMapping']>[string];
type Conditions = NonNullable<OffloadingStatus['remoteNamespacesConditions']>[string];
type Condition = Conditions[number];

/** How a namespace stands with one provider. */
export interface ProviderView {
  /** Id of the provider. */
  readonly clusterID: string;
  readonly decision: Decision;
  /** What the provider last said of the twin. */
  readonly twin: Twin | undefined;
  /** Why it cannot be asked; undefined while it answers. */
  readonly away: string | undefined;
}

export interface StatusInput {
  readonly remoteNamespaceName: string;
  readonly deleting: boolean;
  readonly generation: number | undefined;
  readonly providers: readonly ProviderView[];
  readonly found: OffloadingStatus | undefined;
  /** RFC 3339. */
  readonly now: string;
}

/** Status of a NamespaceOffloading: Liqo's fields, reasons and phases, with a provider's own reasons on failure. */
export function offloadingStatus(input: StatusInput): OffloadingStatus {
  const { remoteNamespaceName, deleting, generation, providers, found, now } = input;
  const conditions = providers.map((view): readonly [string, Conditions] => [
    view.clusterID,
    conditionsOf(view, deleting).map((condition) =>
      since(condition, found?.remoteNamespacesConditions?.[view.clusterID] ?? [], now),
    ),
  ]);
  return {
    remoteNamespaceName,
    offloadingPhase: offloadingPhase(
      deleting,
      conditions.map(([, list]) => list),
    ),
    remoteNamespacesConditions: Object.fromEntries(conditions),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}

/** Liqo's rule, over the conditions of each provider. One that is still being made has not failed. */
export function offloadingPhase(
  deleting: boolean,
  providers: readonly (readonly Pick<Condition, 'type' | 'status' | 'reason'>[])[],
): OffloadingPhase {
  if (deleting) return 'Terminating';
  const required = providers.filter((list) =>
    list.some(({ type, status }) => type === 'OffloadingRequired' && status === 'True'),
  );
  const ready = required.flatMap((list) => list.filter(({ type }) => type === 'Ready'));
  const failed = ready.filter(({ status, reason = '' }) => status !== 'True' && !pending.has(reason));
  if (required.length === 0) return 'NoClusterSelected';
  if (ready.filter(({ status }) => status === 'True').length === required.length) return 'Ready';
  if (failed.length === required.length) return 'AllFailed';
  return failed.length > 0 ? 'SomeFailed' : 'InProgress';
}

/** Reasons of Ready=False that pass by themselves. */
const pending: ReadonlySet<string> = new Set(['Creating', 'Terminating', 'ProviderUnreachable']);

/** The failure to tell people in an event, if a condition says one. */
export function failureOf(status: OffloadingStatus, clusterID: string): Condition | undefined {
  const list = status.remoteNamespacesConditions?.[clusterID] ?? [];
  const quiet = new Set([...pending, 'NamespaceCreated', 'ClusterSelected', 'ClusterNotSelected']);
  return list.find(({ status: value, reason = '' }) => value !== 'True' && !quiet.has(reason));
}

function conditionsOf({ decision, twin, away }: ProviderView, deleting: boolean): Condition[] {
  if (deleting) return twin === undefined ? [] : [required(false), terminating(twin)];
  switch (decision.kind) {
    case 'notSelected':
      return twin === undefined ? [required(false)] : [required(false), terminating(twin)];
    case 'refused': {
      const { reason, message } = decision;
      const refused = { status: 'False', reason, message } as const;
      return decision.required
        ? [required(true), { type: 'Ready', ...refused }]
        : [{ type: 'OffloadingRequired', ...refused }];
    }
    case 'wanted':
      return [required(true), ready(decision.remote, twin, away)];
  }
}

function required(selected: boolean): Condition {
  return selected
    ? {
        type: 'OffloadingRequired',
        status: 'True',
        reason: 'ClusterSelected',
        message: 'The remote cluster has been selected through the ClusterSelector field',
      }
    : {
        type: 'OffloadingRequired',
        status: 'False',
        reason: 'ClusterNotSelected',
        message: 'The remote cluster has not been selected through the ClusterSelector field',
      };
}

function ready(remote: string, twin: Twin | undefined, away: string | undefined): Condition {
  // What it accepted stays accepted while it does not answer.
  if (twin?.phase === 'Accepted' && twin.remoteNamespace === remote) {
    return {
      type: 'Ready',
      status: 'True',
      reason: 'NamespaceCreated',
      message: 'Namespace correctly offloaded to the remote cluster',
    };
  }
  if (away !== undefined)
    return { type: 'Ready', status: 'False', reason: 'ProviderUnreachable', message: away };
  if (twin?.phase === 'CreationLoopBackOff') {
    return {
      type: 'Ready',
      status: 'False',
      reason: reasonWord(twin.reason) ?? 'CreationLoopBackOff',
      message: twin.message ?? 'Some problems occurred during remote namespace creation',
    };
  }
  if (twin?.phase === 'Terminating') return terminating(twin);
  return {
    type: 'Ready',
    status: 'False',
    reason: 'Creating',
    message: 'The remote namespace is being created',
  };
}

function terminating({ reason, message }: Twin): Condition {
  return {
    type: 'Ready',
    status: 'False',
    reason: reasonWord(reason) ?? 'Terminating',
    message: message ?? 'The remote namespace is being deleted',
  };
}

/** A reason as another cluster gives it; undefined unless it is one CamelCase word. */
function reasonWord(reason: string | undefined): string | undefined {
  return reason !== undefined && /^[A-Za-z]{1,64}$/.test(reason) ? reason : undefined;
}

function since(condition: Condition, found: Conditions, now: string): Condition {
  const before = found.find(({ type, status }) => type === condition.type && status === condition.status);
  return { ...condition, lastTransitionTime: before?.lastTransitionTime ?? now };
}
