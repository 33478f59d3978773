import { expect, test } from 'vitest';
import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import { outcome } from './outcome.ts';
import { willNotSpan } from './spans.ts';

type Status = NonNullable<NamespaceOffloading['status']>;
const object = (phase: Status['offloadingPhase'], reason?: string, observed = 2): NamespaceOffloading => ({
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'NamespaceOffloading',
  metadata: { name: 'offloading', namespace: 'shop' },
  status: {
    ...(phase && { offloadingPhase: phase }),
    observedGeneration: observed,
    remoteNamespacesConditions: {
      ap: [{ type: 'OffloadingRequired', status: 'False', reason: 'ClusterNotSelected' }],
      us: [
        { type: 'OffloadingRequired', status: 'True', reason: 'ClusterSelected' },
        {
          type: 'Ready',
          status: reason ? 'False' : 'True',
          reason: reason ?? 'NamespaceCreated',
          message: 'why',
        },
      ],
    },
  },
});

test.each([
  [undefined, 'the agent has not reported'],
  [object('Ready', undefined, 1), 'the agent has not reported'],
  [object('InProgress', 'Creating'), 'us: Creating: why'],
  [object('InProgress', 'ProviderUnreachable'), 'us: ProviderUnreachable: why'],
  [object('AllFailed', 'NotMadeYet'), 'us: NotMadeYet: why'],
  [object('InProgress'), 'its phase is InProgress'],
])('is waited for, case %#', (found, waiting) => {
  expect(outcome(found, 2)).toEqual({ waiting: expect.stringContaining(waiting) });
});

test('done, no cluster, and a refusal that lasts', () => {
  expect(outcome(object('Ready'), 2)).toEqual({ done: { kind: 'ready' } });
  expect(outcome(object('NoClusterSelected'), 2)).toEqual({ done: { kind: 'noCluster' } });
  for (const phase of ['AllFailed', 'SomeFailed'] as const)
    expect(outcome(object(phase, 'NotGranted'), 2)).toEqual({
      done: { kind: 'failed', why: ['us: NotGranted: why'] },
    });
});

test('what will not span clusters, and only what is there', () => {
  const named = (name: string, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name },
    spec,
  });
  const empty = { services: [], statefulSets: [], claims: [], autoscalers: [], networkPolicies: [] };
  expect(willNotSpan(empty)).toEqual([]);
  const lines = willNotSpan({
    services: [
      named('web', { clusterIP: '10.0.0.1', ports: [{ port: 80, protocol: 'TCP' }] }),
      named('db', { clusterIP: 'None' }),
      named('dns', { ports: [{ port: 53, protocol: 'UDP' }] }),
    ],
    statefulSets: Array.from({ length: 7 }, (_, index) => named(`s${index}`)),
    claims: [named('data')],
    autoscalers: [named('hpa')],
    networkPolicies: [named('deny')],
  });
  expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    'headless Services (db)',
    'UDP ports of Services (dns)',
    'StatefulSets (s0, s1, s2, s3, s4 and 2 more)',
    'PersistentVolumeClaims (data)',
    'HorizontalPodAutoscalers (hpa)',
    'NetworkPolicies (deny)',
  ]);
});
