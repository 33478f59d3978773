import { expect, test } from 'vitest';
import type { HostReport, MemberReport } from '#core/admin/schema.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { ClusterFacts, FoundGslb } from './facts.ts';
import { hostStatuses } from './host-statuses.ts';

const host = 'app.cloud.example.com';

function gslb(overrides: Partial<Gslb> = {}, group: FoundGslb['group'] = 'k8gb.io'): FoundGslb {
  return {
    group,
    object: {
      apiVersion: `${group}/v1beta1`,
      kind: 'Gslb',
      metadata: { namespace: 'podinfo', name: 'podinfo', creationTimestamp: '2026-11-21T05:00:00Z' },
      spec: { strategy: { type: 'roundRobin' } },
      status: {
        geoTag: 'eu',
        hosts: host,
        serviceHealth: { [host]: 'Healthy' },
        healthyRecords: { [host]: ['172.19.0.3', '172.19.0.4', '172.19.0.5'] },
        loadBalancer: { exposedIps: ['172.19.0.3', '172.19.0.4'] },
      },
      ...overrides,
    },
  };
}

function report(overrides: Partial<HostReport> = {}): HostReport {
  return {
    host,
    zone: 'cloud.example.com',
    strategy: { type: 'roundRobin' },
    ttlSeconds: 30,
    gslb: { group: 'k8gb.io', namespace: 'podinfo', name: 'podinfo' },
    health: 'Healthy',
    members: [member('eu', 'own', '172.19.0.3'), member('us', 'answering', '172.19.0.5')],
    answer: { addresses: ['172.19.0.3', '172.19.0.5'], ttlSeconds: 5 },
    ...overrides,
  };
}

function member(geoTag: string, state: MemberReport['state'], ...addresses: string[]): MemberReport {
  return { geoTag, state, addresses };
}

function facts(gslbs: readonly FoundGslb[], reports?: readonly HostReport[]): ClusterFacts {
  const apiVersion = 'admin.interspan.dev/v1alpha1';
  return {
    context: 'gslb-eu',
    gslbs,
    missingGroups: [],
    unread: [],
    sidecar:
      reports === undefined
        ? { kind: 'unreached', why: 'no pod', hint: undefined }
        : {
            kind: 'reached',
            hosts: { apiVersion, kind: 'HostList', geoTag: 'eu', items: reports },
          },
  };
}

test('what the running sidecar says goes before the status', () => {
  expect(hostStatuses(facts([gslb()], [report({ health: 'Unhealthy' })]))).toEqual([
    {
      context: 'gslb-eu',
      geoTag: 'eu',
      namespace: 'podinfo',
      gslb: { group: 'k8gb.io', name: 'podinfo' },
      host,
      strategy: { type: 'roundRobin' },
      health: { state: 'Unhealthy' },
      targets: [member('eu', 'own', '172.19.0.3'), member('us', 'answering', '172.19.0.5')],
      answer: ['172.19.0.3', '172.19.0.5'],
      ttlSeconds: 5,
      createdAtMs: Date.parse('2026-11-21T05:00:00Z'),
    },
  ]);
});

test("without a sidecar the status splits into this cluster's addresses and all others'", () => {
  expect(hostStatuses(facts([gslb()]))[0]).toMatchObject({
    geoTag: 'eu',
    health: { state: 'Healthy' },
    targets: [
      { geoTag: 'eu', state: 'own', addresses: ['172.19.0.3', '172.19.0.4'] },
      { geoTag: 'others', state: 'others', addresses: ['172.19.0.5'] },
    ],
    answer: ['172.19.0.3', '172.19.0.4', '172.19.0.5'],
    ttlSeconds: 30,
  });
});

test('a refused Gslb shows its reason, also when a sidecar answers for its namesake of another group', () => {
  const condition = {
    type: 'Accepted',
    status: 'False' as const,
    reason: 'HostConflict',
    message: 'the host is taken',
    lastTransitionTime: '2026-11-21T05:00:00Z',
  };
  const refused = gslb({
    status: { geoTag: 'eu', serviceHealth: {}, healthyRecords: {}, conditions: [condition] },
  });
  const other = report({ gslb: { group: 'k8gb.absa.oss', namespace: 'podinfo', name: 'podinfo' } });
  expect(hostStatuses(facts([refused], [other]))).toEqual([
    expect.objectContaining({
      host: undefined,
      health: { state: 'Refused', reason: 'HostConflict', message: 'the host is taken' },
      targets: [expect.objectContaining({ geoTag: 'eu', addresses: [] })],
    }),
  ]);
});

test('a Gslb without status is pending, with the hosts of its embedded Ingress', () => {
  const { status: _, ...object } = gslb({
    spec: {
      strategy: { type: 'failover', primaryGeoTag: 'eu', dnsTtlSeconds: 60 },
      ingress: {
        rules: [
          { host: 'b.example.com', http: { paths: [] } },
          { host: 'a.example.com', http: { paths: [] } },
        ],
      },
    },
  }).object;
  expect(hostStatuses(facts([{ group: 'k8gb.io', object }]))).toEqual(
    ['a.example.com', 'b.example.com'].map((name) =>
      expect.objectContaining({
        geoTag: undefined,
        host: name,
        strategy: { type: 'failover', primaryGeoTag: 'eu' },
        health: { state: 'Pending' },
        targets: [],
        answer: [],
        ttlSeconds: 60,
      }),
    ),
  );
});

test('an object that is in both groups is shown once, as k8gb.io has it', () => {
  const both = hostStatuses(facts([gslb({}, 'k8gb.absa.oss'), gslb()]));
  expect(both.map((status) => status.gslb.group)).toEqual(['k8gb.io']);
  expect(hostStatuses(facts([gslb({}, 'k8gb.absa.oss')]))).toHaveLength(1);
});

test('each host of a Gslb is a status of its own', () => {
  const two = [report(), report({ host: 'b.cloud.example.com' })];
  expect(hostStatuses(facts([gslb()], two)).map((status) => status.host)).toEqual([
    host,
    'b.cloud.example.com',
  ]);
});

test('what a host answers in spite of is told by the sidecar, else by the conditions', () => {
  const remarks = [{ reason: 'CoarseClients', message: 'few networks' }];
  expect(hostStatuses(facts([gslb()], [report({ remarks })]))[0]?.remarks).toEqual(remarks);
  const { object } = gslb();
  const condition = (type: string, status: 'True' | 'False', reason: string) => ({
    ...{ type, status, reason, message: `of ${type}` },
    lastTransitionTime: '2026-11-21T05:00:00Z',
  });
  const conditions = [
    condition('Ready', 'True', 'HasTargets'),
    condition('Degraded', 'True', 'FailOpen'),
    condition('CoarseClients', 'True', 'FewNetworks'),
  ];
  const status = { ...object.status, conditions } as Gslb['status'] & {};
  expect(hostStatuses(facts([gslb({ status })]))[0]?.remarks).toEqual([
    { reason: 'FailOpen', message: 'of Degraded' },
    { reason: 'CoarseClients', message: 'of CoarseClients' },
  ]);
  const calm = {
    ...object.status,
    conditions: [condition('Degraded', 'False', 'AsWanted')],
  } as typeof status;
  expect(hostStatuses(facts([gslb({ status: calm })]))[0]).not.toHaveProperty('remarks');
});
