import { expect, test } from 'vitest';
import type { NativeEndpoint, RemoteEndpoint } from './remote-endpoint.ts';
import { gatewayTable, mergedTable, readTable, type TablePeer } from './table.ts';

const conditions = { ready: true, serving: true, terminating: false };
const native: NativeEndpoint = {
  uid: 'p1',
  name: 'pod',
  namespace: 'shop',
  address: '10.1.1.1',
  ports: [{ name: 'http', port: 8080 }],
  conditions,
};
const relayed = (peer: string, origin = peer): RemoteEndpoint => ({
  uid: 'p2',
  name: 'pod',
  address: '10.2.2.2',
  ports: [{ name: 'http', port: 8081 }],
  conditions,
  peer,
  origin,
});
const key = (name: string): string => name.padEnd(43, '-');
const peer = (id: string, more: Partial<TablePeer> = {}): TablePeer => ({
  id,
  fingerprint: key(id),
  native: [],
  relayed: [],
  ...more,
});

test('a peer reaches our pods by address and those of other providers by one relay', () => {
  const table = gatewayTable(
    'eu',
    [
      peer('us', {
        dial: ['a:1'],
        native: [native],
        relayed: [relayed('apac'), relayed('us'), relayed('hub', 'far')],
      }),
      peer('apac'),
    ],
    [{ peer: 'us', endpoint: 'us/x/80', port: 20_000 }],
  );
  expect(table).toEqual({
    version: 1,
    revision: table.revision,
    clusterID: 'eu',
    peers: {
      apac: { fingerprint: key('apac'), endpoints: {} },
      us: {
        fingerprint: key('us'),
        dial: ['a:1'],
        endpoints: { 'eu/p1/8080': { address: '10.1.1.1', port: 8080 }, 'apac/p2/8081': { relay: 'apac' } },
      },
    },
    ports: { 20000: { peer: 'us', endpoint: 'us/x/80' } },
  });
});

test('the revision is of the content, whatever the order', () => {
  const one = gatewayTable('eu', [peer('a'), peer('b')], []);
  expect(gatewayTable('eu', [peer('b'), peer('a')], []).revision).toBe(one.revision);
  expect(gatewayTable('eu', [peer('b')], []).revision).not.toBe(one.revision);
});

test('after a restart nothing is taken away that is not known yet', () => {
  const older = gatewayTable(
    'eu',
    [peer('us', { native: [native] }), peer('apac')],
    [{ peer: 'us', endpoint: 'us/x/80', port: 20_000 }],
  );
  expect(mergedTable(older, gatewayTable('eu', [], []))).toEqual(older);
  const merged = mergedTable(older, gatewayTable('eu', [peer('us', { fingerprint: key('new') })], []));
  expect(merged.peers['us']).toEqual({ fingerprint: key('new'), endpoints: older.peers['us']?.endpoints });
});

test.each([
  undefined,
  '',
  '[]',
  '{}',
  '{"version":2}',
  '{"version":1,"clusterID":"eu","revision":"r","peers":[],"ports":{}}',
])('what is no table is not read: %s', (text) => expect(readTable(text, 'eu')).toBeUndefined());
test('a table is read back, but not one of another cluster', () => {
  const table = gatewayTable('eu', [peer('us')], []);
  expect(readTable(JSON.stringify(table), 'eu')).toEqual(table);
  expect(readTable(JSON.stringify(table), 'us')).toBeUndefined();
});

test('what a peer says of its gateway is left out where no gateway could read it', () => {
  const dial = ['a', 'a:0', 'a:65536', 'a b:1', 'http://a:1', 'a:5871', '[::1]:5871', '192.0.2.1:1'];
  const table = gatewayTable('eu', [peer('us', { dial }), peer('bad', { fingerprint: 'short' })], []);
  expect(Object.keys(table.peers)).toEqual(['us']);
  expect(table.peers['us']?.dial).toEqual(['a:5871', '[::1]:5871', '192.0.2.1:1']);
});
