import { expect, test } from 'vitest';
import type { Deployment } from '#plugins/offload/cluster/kinds.ts';
import { peeringStatuses } from './conclude.ts';
import type { OffloadFacts } from './facts.ts';
import { problemsOf } from './problems.ts';
import { problemLines, statusText, structuredStatus } from './render.ts';

const deployment = (availableReplicas: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'x', generation: 1 },
  spec: {
    replicas: 2,
    template: { spec: { containers: [{ name: 'agent', image: 'example.com:5000/offload-agent:v1.2.3' }] } },
  },
  status: { observedGeneration: 1, updatedReplicas: 2, availableReplicas },
});
const well: OffloadFacts = {
  context: 'eu',
  config: { clusterID: 'eu', clusterLabels: '', apiServerURL: '', gatewayAddresses: '' },
  agent: deployment(2),
  gateway: deployment(2),
  peerings: [
    {
      clusterID: 'us',
      tenants: [],
      foreignCluster: {
        apiVersion: 'core.liqo.io/v1beta1',
        kind: 'ForeignCluster',
        metadata: { name: 'us', creationTimestamp: '2026-11-21T09:00:00Z' },
        spec: { clusterID: 'us' },
        status: {
          role: 'Provider',
          phase: 'Established',
          outgoingPeering: 'Established',
          incomingPeering: 'None',
          networking: 'Established',
          authentication: 'Established',
          conditions: [{ type: 'Ready', status: 'True', reason: 'Peered', message: '' }],
        },
      },
    },
  ],
  virtualNodes: [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'liqo-us' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
  ],
  offloadings: [
    {
      apiVersion: 'offloading.liqo.io/v1beta1',
      kind: 'NamespaceOffloading',
      metadata: { name: 'offloading', namespace: 'shop' },
      status: { remoteNamespacesConditions: { us: [{ type: 'Ready', status: 'True' }] } },
    },
  ],
};

test('all is well: the report, and nothing to say', () => {
  expect(problemsOf(well)).toEqual([]);
  const options = {
    paint: (_: unknown, word: string) => word,
    headers: true,
    wide: false,
    nowMs: Date.parse('2026-11-21T09:05:12Z'),
  };
  const text = statusText(well, peeringStatuses(well), options);
  expect(text).toBe(`\
Cluster:  eu
Labels:   <none>
Version:  v1.2.3
Agent:    2/2 pods available
Gateway:  2/2 pods available

NAME   ROLE       OUTGOING      INCOMING   NETWORKING    AUTHENTICATION   NODE    NAMESPACES   AGE
us     Provider   Established   None       Established   Established      Ready   1            5m12s
`);
  expect(statusText(well, peeringStatuses(well), { ...options, wide: true })).toMatch(
    / AGE +OFFLOADED\n.* 5m12s +shop\n$/,
  );
  expect(structuredStatus(well, peeringStatuses(well), [])).toMatchObject({
    kind: 'OffloadStatus',
    healthy: true,
    peerings: [{ name: 'us', namespaces: ['shop'], creationTimestamp: '2026-11-21T09:00:00.000Z' }],
  });
});

test('everything that can be wrong is said with what to do', () => {
  const [peering] = well.peerings;
  const facts: OffloadFacts = {
    ...well,
    gateway: undefined,
    agent: deployment(0),
    virtualNodes: [],
    peerings: [
      {
        ...(peering as (typeof well.peerings)[number]),
        foreignCluster: {
          ...(peering?.foreignCluster as NonNullable<typeof peering>['foreignCluster'] & object),
          status: {
            outgoingPeering: 'Error',
            conditions: [
              {
                type: 'APIServerReady',
                status: 'False',
                reason: 'ProviderUnreachable',
                message: 'no answer of 10.0.0.1:6443',
              },
              {
                type: 'Ready',
                status: 'False',
                reason: 'ProviderUnreachable',
                message: 'no answer of 10.0.0.1:6443',
              },
            ],
          },
        },
      },
    ],
  };
  const problems = problemsOf(facts);
  expect(problems.map(({ subject, reason }) => `${subject}: ${reason}`)).toEqual([
    'Deployment offload-agent: Unavailable',
    'Deployment offload-gateway: Unavailable',
    'cluster us: APIServerReady: ProviderUnreachable',
    'cluster us: NodeNotReady',
  ]);
  for (const { hint } of problems) expect(hint).toContain('kubectl ');
  expect(problemLines(problems)).toContain(
    'unhealthy: cluster us: APIServerReady: ProviderUnreachable: no answer of 10.0.0.1:6443\nhint: ',
  );
});

test('a consumer that only its Tenant tells of', () => {
  const tenant = {
    apiVersion: 'authentication.liqo.io/v1beta1',
    kind: 'Tenant',
    metadata: { name: 'peering', namespace: 'liqo-tenant-abc123' },
    spec: { clusterID: 'ap' },
  };
  const facts = { ...well, peerings: [{ clusterID: 'ap', foreignCluster: undefined, tenants: [tenant] }] };
  expect(peeringStatuses(facts)).toMatchObject([
    { name: 'ap', role: 'Consumer', incoming: 'Pending', node: '' },
  ]);
  expect(problemsOf(facts)).toMatchObject([{ subject: 'cluster ap', reason: 'NotReported' }]);
});
