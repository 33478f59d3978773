import { expect, test } from 'vitest';
import type { GatewayTable } from '#agent/model/gateway-table.ts';
import { judge } from './serve-stream.ts';

const fingerprint = 'A'.repeat(43);
const table: GatewayTable = {
  version: 1,
  revision: '1',
  clusterID: 'hub',
  ports: {},
  peers: {
    eu: {
      fingerprint,
      endpoints: {
        'hub/a/80': { address: '10.0.0.1', port: 8080 },
        'us/b/80': { relay: 'us' },
        'eu/c/80': { relay: 'eu' },
      },
    },
    us: { fingerprint, endpoints: { 'hub/d/80': { address: '10.0.0.2', port: 80 } } },
  },
};

const refused = (status: number) => expect.objectContaining({ kind: 'refuse', status });

test.each([
  ['its own endpoint', 'eu', 'hub/a/80', false, { kind: 'connect', address: '10.0.0.1', port: 8080 }],
  [
    'its own endpoint, passed on',
    'eu',
    'hub/a/80',
    true,
    { kind: 'connect', address: '10.0.0.1', port: 8080 },
  ],
  ['one to pass on', 'eu', 'us/b/80', false, { kind: 'relay', peer: 'us' }],
  ['one to pass on a second time', 'eu', 'us/b/80', true, refused(508)],
  ['one to send back', 'eu', 'eu/c/80', false, refused(508)],
  ['one of another peer', 'us', 'hub/a/80', false, refused(403)],
  ['one that nobody has', 'us', 'hub/x/80', false, refused(403)],
  ['a property of all objects', 'us', 'constructor', false, refused(403)],
  ['anything, as a peer that is gone', 'ap', 'hub/a/80', false, refused(403)],
  ['anything, as a property of all objects', '__proto__', 'hub/a/80', false, refused(403)],
  ['no authority', 'eu', undefined, false, refused(400)],
])('%s', (_, peer, endpoint, relayed, verdict) => {
  expect(judge(peer, { method: 'CONNECT', endpoint, relayed }, table)).toEqual(verdict);
});

test('only CONNECT is served', () => {
  expect(judge('eu', { method: 'GET', endpoint: 'hub/a/80', relayed: false }, table)).toEqual(refused(405));
});
