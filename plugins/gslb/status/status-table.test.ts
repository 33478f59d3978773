import { expect, test } from 'vitest';
import { tableText } from '#plugins/cli/table.ts';
import type { HostStatus } from './model.ts';
import { statusTable } from './status-table.ts';

const nowMs = Date.parse('2026-11-21T05:05:12Z');
const healthy: HostStatus = {
  context: 'gslb-eu',
  geoTag: 'eu',
  namespace: 'podinfo',
  gslb: { group: 'k8gb.io', name: 'podinfo' },
  host: 'liqo.cloud.example.com',
  strategy: { type: 'roundRobin' },
  health: { state: 'Healthy' },
  targets: [
    { geoTag: 'eu', state: 'own', addresses: ['172.19.0.3', '172.19.0.4'] },
    { geoTag: 'us', state: 'answering', addresses: ['172.19.0.5', '172.19.0.6'] },
  ],
  answer: [],
  ttlSeconds: 30,
  createdAtMs: Date.parse('2026-11-21T05:00:00Z'),
};
const failing: HostStatus = {
  ...healthy,
  namespace: 'shop',
  gslb: { group: 'k8gb.io', name: 'shop' },
  host: 'shop.cloud.example.com',
  strategy: { type: 'failover', primaryGeoTag: 'us' },
  health: { state: 'Unhealthy' },
  targets: [
    { geoTag: 'ap', state: 'unknown', addresses: [] },
    { geoTag: 'eu', state: 'own', addresses: [] },
    { geoTag: 'uk', state: 'refusing', addresses: ['2001:db8::1'] },
    { geoTag: 'us', state: 'silent', addresses: [] },
  ],
};
const refused: HostStatus = {
  ...healthy,
  host: undefined,
  geoTag: undefined,
  health: { state: 'Refused', reason: 'HostConflict', message: 'taken' },
  targets: [],
};

function text(
  statuses: readonly HostStatus[],
  options: Partial<Parameters<typeof statusTable>[1]> = {},
): string {
  const table = statusTable(statuses, { namespaces: false, clusters: false, wide: false, nowMs, ...options });
  return tableText(table, (_, cell) => cell, { headers: true });
}

test('one cluster, one namespace', () => {
  expect(text([healthy])).toBe(`\
HOST                     STRATEGY     HEALTH    TARGETS      TTL   AGE
liqo.cloud.example.com   roundRobin   Healthy   eu 2, us 2   30    5m12s
`);
});

test('all namespaces; each state of a peer, and a refusal, says itself in words', () => {
  expect(text([healthy, failing, refused], { namespaces: true })).toBe(`\
NAMESPACE   HOST                     STRATEGY        HEALTH                   TARGETS                                        TTL   AGE
podinfo     liqo.cloud.example.com   roundRobin      Healthy                  eu 2, us 2                                     30    5m12s
shop        shop.cloud.example.com   failover (us)   Unhealthy                ap unknown, eu 0, uk 1 (refusing), us silent   30    5m12s
podinfo     <none>                   roundRobin      Refused (HostConflict)   <none>                                         30    5m12s
`);
});

test('several clusters, wide', () => {
  expect(
    text([healthy, { ...healthy, context: 'gslb-us', geoTag: 'us' }], { clusters: true, wide: true }),
  ).toBe(`\
HOST                     CLUSTER   STRATEGY     HEALTH    TARGETS      TTL   AGE     ACTIVE   GEOTAG   GSLB      ADDRESSES
liqo.cloud.example.com   gslb-eu   roundRobin   Healthy   eu 2, us 2   30    5m12s   <none>   eu       podinfo   eu=172.19.0.3,172.19.0.4 us=172.19.0.5,172.19.0.6
liqo.cloud.example.com   gslb-us   roundRobin   Healthy   eu 2, us 2   30    5m12s   <none>   us       podinfo   eu=172.19.0.3,172.19.0.4 us=172.19.0.5,172.19.0.6
`);
});

test('what is drained, held, kept back or with another cluster says so', () => {
  const [own, peer] = healthy.targets;
  if (own === undefined || peer === undefined) throw new Error('a healthy host has two targets');
  const moved: HostStatus = {
    ...healthy,
    strategy: { type: 'failover', primaryGeoTag: 'eu' },
    active: { geoTag: 'us', epoch: 2, since: '2026-11-21T05:00:00Z', reason: 'eu is dead' },
    withheld: [{ address: '172.19.0.9', why: 'probe failed 3 times' }],
    heldUntil: '2026-11-21T05:06:00Z',
    targets: [own, { ...peer, leftOut: { filter: 'drained', why: 'drained by GslbCluster us' } }],
  };
  expect(text([moved], { wide: true })).toContain(
    'failover (eu, now us)   Healthy   eu 2 (held, 1 kept back), us 2 (drained)   30    5m12s   us ',
  );
  const atHome: HostStatus = { ...moved, active: { geoTag: 'eu', epoch: 3, since: '', reason: '' } };
  expect(text([atHome])).toContain('failover (eu)   Healthy');
});

test('what a host answers in spite of stands behind its health', () => {
  const remarks = [
    { reason: 'ProbeSuspect', message: 'x' },
    { reason: 'CoarseClients', message: 'y' },
    { reason: 'CoarseClients', message: 'z' },
  ];
  expect(text([{ ...healthy, remarks }])).toContain(' Healthy (ProbeSuspect, CoarseClients) ');
  expect(text([{ ...failing, remarks: remarks.slice(0, 1) }])).toContain(' Unhealthy (ProbeSuspect) ');
});
