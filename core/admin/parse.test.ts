import { expect, test } from 'vitest';
import { parseHealth, parseHostList } from './parse.ts';
import type { HostList } from './schema.ts';

const hosts: HostList = {
  apiVersion: 'admin.interspan.dev/v1alpha1',
  kind: 'HostList',
  geoTag: 'eu',
  items: [
    {
      host: 'app.cloud.example.com',
      zone: 'cloud.example.com',
      strategy: { type: 'failover', primaryGeoTag: 'eu' },
      ttlSeconds: 30,
      gslb: { group: 'k8gb.io', namespace: 'podinfo', name: 'podinfo' },
      health: 'Healthy',
      members: [
        { geoTag: 'eu', state: 'own', addresses: ['172.19.0.3'] },
        { geoTag: 'us', state: 'silent', addresses: [] },
      ],
      answer: { addresses: ['172.19.0.3'], ttlSeconds: 30 },
    },
  ],
};
test('what an endpoint says is read back', () => {
  expect(parseHostList(JSON.stringify(hosts))).toEqual(hosts);
  const health = { apiVersion: hosts.apiVersion, kind: 'Health', version: 'v0.1.0' };
  expect(parseHealth(JSON.stringify(health))).toEqual(health);
});

test('fields of a newer sidecar are no fault', () => {
  const text = JSON.stringify({ ...hosts, items: [{ ...hosts.items[0], weight: 3 }] });
  expect(parseHostList(text).items).toHaveLength(1);
});

test.each([
  ['no JSON', '<html>', 'not JSON (6 characters)'],
  ['null', 'null', 'body must be an object, found null'],
  [
    'another kind',
    JSON.stringify({ ...hosts, kind: 'PeerList' }),
    'kind must be one of HostList, found "PeerList"',
  ],
  ['no items', JSON.stringify({ ...hosts, items: undefined }), 'items is required'],
  [
    'a wrong state',
    JSON.stringify({
      ...hosts,
      items: [{ ...hosts.items[0], members: [{ geoTag: 'x', state: 'up', addresses: [] }] }],
    }),
    'items[0].members[0].state must be one of own, answering',
  ],
])('refused with the place of the fault: %s', (_, text, message) => {
  expect(() => parseHostList(text)).toThrow(message);
});

test('another version of the endpoint is named as such', () => {
  const text = JSON.stringify({ ...hosts, apiVersion: 'admin.interspan.dev/v2' });
  expect(() => parseHostList(text)).toThrow('the sidecar speaks admin.interspan.dev/v2');
});
