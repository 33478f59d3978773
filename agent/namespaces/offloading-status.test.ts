import { expect, test } from 'vitest';
import type { Decision } from './decide.ts';
import { failureOf, offloadingPhase, offloadingStatus, type ProviderView } from './offloading-status.ts';

const wanted: Decision = { kind: 'wanted', remote: 'podinfo-eu' };
const accepted = { remoteNamespace: 'podinfo-eu', phase: 'Accepted' } as const;
const view = (more: Partial<ProviderView> = {}): ProviderView => ({
  clusterID: 'us',
  decision: wanted,
  twin: undefined,
  away: undefined,
  ...more,
});
const status = (providers: readonly ProviderView[], more = {}) =>
  offloadingStatus({
    remoteNamespaceName: 'podinfo-eu',
    deleting: false,
    generation: 3,
    providers,
    found: undefined,
    now: '2026-01-02T00:00:00Z',
    ...more,
  });

const required = { type: 'OffloadingRequired', status: 'True' };
const notRequired = { type: 'OffloadingRequired', status: 'False' };
const ready = [required, { type: 'Ready', status: 'True', reason: 'NamespaceCreated' }];
const failed = [required, { type: 'Ready', status: 'False', reason: 'NamespaceExists' }];
const making = [required, { type: 'Ready', status: 'False', reason: 'Creating' }];
test.each([
  [true, [ready], 'Terminating'],
  [false, [], 'NoClusterSelected'],
  [false, [[notRequired]], 'NoClusterSelected'],
  [false, [ready], 'Ready'],
  [false, [ready, [notRequired]], 'Ready'],
  [false, [ready, ready], 'Ready'],
  [false, [failed], 'AllFailed'],
  [false, [failed, failed], 'AllFailed'],
  [false, [failed, ready], 'SomeFailed'],
  [false, [failed, making], 'SomeFailed'],
  [false, [making], 'InProgress'],
  [false, [ready, making], 'InProgress'],
])('phase, deleting %j, of %j: %s', (deleting, providers, phase) => {
  expect(offloadingPhase(deleting, providers)).toBe(phase);
});

test.each([
  ['nothing said', {}, 'False', 'Creating', 'InProgress'],
  ['accepted', { twin: accepted }, 'True', 'NamespaceCreated', 'Ready'],
  ['accepted, and away since', { twin: accepted, away: 'gone' }, 'True', 'NamespaceCreated', 'Ready'],
  ['another twin', { twin: { ...accepted, remoteNamespace: 'x' } }, 'False', 'Creating', 'InProgress'],
  ['away', { away: 'no answer of 10.1.1.1:6443' }, 'False', 'ProviderUnreachable', 'InProgress'],
  ['failed', { twin: { phase: 'CreationLoopBackOff' } }, 'False', 'CreationLoopBackOff', 'AllFailed'],
  [
    'not granted',
    { twin: { phase: 'CreationLoopBackOff', reason: 'NotGranted', message: 'm' } },
    'False',
    'NotGranted',
    'AllFailed',
  ],
  [
    'a reason that is no word',
    { twin: { phase: 'CreationLoopBackOff', reason: 'a b\n' } },
    'False',
    'CreationLoopBackOff',
    'AllFailed',
  ],
  ['terminating', { twin: { phase: 'Terminating' } }, 'False', 'Terminating', 'InProgress'],
] as const)('a twin, %s', (_, more, value, reason, phase) => {
  const { offloadingPhase: found, remoteNamespacesConditions } = status([view(more)]);
  expect(remoteNamespacesConditions?.['us']?.[1]).toMatchObject({ type: 'Ready', status: value, reason });
  expect(found).toBe(phase);
});

test('the provider’s own words reach the condition, and the event', () => {
  const twin = {
    remoteNamespace: 'podinfo',
    phase: 'CreationLoopBackOff',
    reason: 'NamespaceExists',
    message: 'there is one already',
  } as const;
  const made = status([view({ twin }), view({ clusterID: 'ap', twin: accepted })]);
  expect(made.offloadingPhase).toBe('SomeFailed');
  expect(failureOf(made, 'us')).toMatchObject({ reason: 'NamespaceExists', message: 'there is one already' });
  expect(failureOf(made, 'ap')).toBeUndefined();
  expect(failureOf(status([view()]), 'us')).toBeUndefined();
});

test('what is refused here is said without asking the provider', () => {
  const refusal = { kind: 'refused', required: false, reason: 'InvalidSelector', message: 'm' } as const;
  const made = status([view({ decision: refusal })]);
  expect(made.remoteNamespacesConditions?.['us']).toMatchObject([
    { type: 'OffloadingRequired', status: 'False', reason: 'InvalidSelector', message: 'm' },
  ]);
  expect(made.offloadingPhase).toBe('NoClusterSelected');
  expect(failureOf(made, 'us')?.reason).toBe('InvalidSelector');
});

test('a transition keeps its time until the status of the condition changes', () => {
  const first = status([view()], { now: '2026-01-01T00:00:00Z' });
  const second = status([view({ twin: accepted })], { found: first });
  expect(second.remoteNamespacesConditions?.['us']).toMatchObject([
    { type: 'OffloadingRequired', lastTransitionTime: '2026-01-01T00:00:00Z' },
    { type: 'Ready', lastTransitionTime: '2026-01-02T00:00:00Z' },
  ]);
  expect(second.observedGeneration).toBe(3);
});

test('an offload that ends lists the providers that still have a twin', () => {
  const made = status([view({ twin: accepted }), view({ clusterID: 'ap' })], { deleting: true });
  expect(made.offloadingPhase).toBe('Terminating');
  expect(made.remoteNamespacesConditions).toMatchObject({
    us: [{ status: 'False' }, { reason: 'Terminating' }],
    ap: [],
  });
});
