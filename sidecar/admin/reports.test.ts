import { expect, test } from 'vitest';
import { parseHostList } from '#core/admin/parse.ts';
import type { ClusterView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import { hostList, peerList } from './reports.ts';

const host: HostView = {
  host: 'app.cloud.example.com',
  zone: 'cloud.example.com',
  gslb: { group: 'k8gb.io', namespace: 'podinfo', name: 'podinfo' },
  strategy: { type: 'roundRobin' },
  ttlSeconds: 30,
  health: 'Healthy',
  addresses: ['172.19.0.3', '172.19.0.4'],
  services: [],
};
const peer = (geoTag: string, state: PeerView['state'], addresses: readonly string[]): PeerView => ({
  geoTag,
  state,
  hosts: new Map(addresses.length === 0 ? [] : [[host.host, addresses]]),
});
const decision: HostDecision = {
  host: host.host,
  answers: [
    {
      name: host.host,
      zone: host.zone,
      a: { kind: 'rotate', addresses: ['172.19.0.3', '172.19.0.4'] },
      aaaa: { kind: 'fixed', addresses: [] },
      ttlSeconds: 5,
      negativeTtlSeconds: 5,
    },
  ],
  healthyRecords: ['172.19.0.3', '172.19.0.4'],
  answeringGeoTags: ['eu'],
  steps: [],
  remarks: [],
};

function view(...hosts: readonly HostView[]): ClusterView {
  return {
    geoTag: 'eu',
    zones: [],
    gslbs: new Map(),
    hosts: new Map(hosts.map((each) => [each.host, each])),
    clusters: new Map(),
    dnsAddresses: [],
  };
}

test('a host shows its own part, each peer by geotag, and the answer with its TTL', () => {
  const list = hostList(
    view(host),
    [peer('us', 'answering', ['172.19.0.5']), peer('ap', 'unknown', [])],
    () => decision,
  );
  expect(list.items).toEqual([
    expect.objectContaining({
      members: [
        { geoTag: 'ap', state: 'unknown', addresses: [] },
        { geoTag: 'eu', state: 'own', addresses: ['172.19.0.3', '172.19.0.4'] },
        { geoTag: 'us', state: 'answering', addresses: ['172.19.0.5'] },
      ],
      answer: { addresses: ['172.19.0.3', '172.19.0.4'], ttlSeconds: 5 },
    }),
  ]);
});

test('an unhealthy cluster has no addresses of its own, a silent peer none any more, a refusing one its last', () => {
  const list = hostList(
    view({ ...host, health: 'Unhealthy' }),
    [peer('ap', 'refusing', ['172.19.0.7']), peer('us', 'silent', ['172.19.0.5'])],
    () => decision,
  );
  expect(list.items[0]?.members.map((member) => member.addresses)).toEqual([['172.19.0.7'], [], []]);
});

test('a host that is not decided yet answers nothing', () => {
  const list = hostList(view(host), [], () => undefined);
  expect(list.items[0]?.answer).toEqual({ addresses: [], ttlSeconds: 30 });
});

test('hosts are sorted, and what is said can be read', () => {
  const list = hostList(view(host, { ...host, host: 'a.cloud.example.com' }), [], () => undefined);
  expect(list.items.map((item) => item.host)).toEqual(['a.cloud.example.com', 'app.cloud.example.com']);
  expect(parseHostList(JSON.stringify(list))).toEqual(list);
  const peers = peerList('eu', [peer('us', 'silent', ['172.19.0.5'])]);
  expect(peers.items).toEqual([{ geoTag: 'us', state: 'silent', hosts: 1 }]);
});

test('what a host answers in spite of is told, and left out where there is nothing', () => {
  const remarks = [{ reason: 'ProbeSuspect', message: 'x' }] as const;
  const list = hostList(view(host), [], () => ({ ...decision, remarks }));
  expect(list.items[0]?.remarks).toEqual(remarks);
  expect(parseHostList(JSON.stringify(list))).toEqual(list);
  expect(hostList(view(host), [], () => decision).items[0]).not.toHaveProperty('remarks');
});
