import { expect, test } from 'vitest';
import { GatewayError } from './errors.ts';
import { parseAddress, parseTable } from './parse-table.ts';

const good = {
  version: 1,
  revision: 'abc',
  clusterID: 'eu',
  peers: {
    us: {
      fingerprint: 'A'.repeat(43),
      dial: ['192.0.2.1:5871', '[2001:db8::1]:30000', 'gateway.example.com:5871'],
      endpoints: { 'eu/uid/8080': { address: '10.0.0.1', port: 8080 }, 'ap/uid/80': { relay: 'ap' } },
    },
  },
  ports: { '20000': { peer: 'us', endpoint: 'us/uid/80' } },
};

test('a table is read as it was written, without what it does not know', () => {
  expect(parseTable(JSON.stringify(good))).toEqual(good);
  expect(parseTable(JSON.stringify({ ...good, more: 1 }))).toEqual(good);
});

test('a peer may be called as anything that objects have by themselves', () => {
  const text = JSON.stringify(good).replace('"us":{', '"__proto__":{');
  const { peers } = parseTable(text);
  expect(Object.keys(peers)).toEqual(['__proto__']);
  expect(Object.hasOwn(peers, '__proto__')).toBe(true);
  expect(Object.getPrototypeOf(peers)).toBe(Object.prototype);
});

const peer = (change: object) => ({ ...good, peers: { us: { ...good.peers.us, ...change } } });

test.each([
  ['nothing', 'it is not JSON', ''],
  ['a list', 'it is not an object', '[]'],
  ['another version', 'version', { ...good, version: 2 }],
  ['no revision', 'revision', { ...good, revision: undefined }],
  ['no cluster', 'clusterID', { ...good, clusterID: '' }],
  ['peers as a list', 'peers', { ...good, peers: [] }],
  ['a peer that is null', 'peers[us]', { ...good, peers: { us: null } }],
  ['a short fingerprint', 'peers[us].fingerprint', peer({ fingerprint: 'A' })],
  ['an address without port', 'peers[us].dial', peer({ dial: ['192.0.2.1'] })],
  ['an address that is a number', 'peers[us].dial', peer({ dial: [5] })],
  [
    'an endpoint id without port',
    'peers[us].endpoints[eu/uid]',
    peer({ endpoints: { 'eu/uid': { relay: 'x' } } }),
  ],
  ['an endpoint on port 0', 'endpoints[eu/uid/0]', peer({ endpoints: { 'eu/uid/0': { relay: 'x' } } })],
  ['a target by name', 'address', peer({ endpoints: { 'eu/uid/1': { address: 'localhost', port: 1 } } })],
  ['a target without port', 'port', peer({ endpoints: { 'eu/uid/1': { address: '10.0.0.1' } } })],
  [
    'a target on a port as text',
    'port',
    peer({ endpoints: { 'eu/uid/1': { address: '10.0.0.1', port: '1' } } }),
  ],
  ['a relay to nobody', 'relay', peer({ endpoints: { 'eu/uid/1': { relay: '' } } })],
  ['a port that is none', 'ports[70000]', { ...good, ports: { '70000': good.ports['20000'] } }],
  ['a port with a leading zero', 'ports[08]', { ...good, ports: { '08': good.ports['20000'] } }],
  ['a port for no endpoint', 'ports[20000].endpoint', { ...good, ports: { '20000': { peer: 'us' } } }],
])('%s is refused, and said where', (_, where, table) => {
  const parse = () => parseTable(typeof table === 'string' ? table : JSON.stringify(table));
  expect(parse).toThrow(GatewayError);
  expect(parse).toThrow(where);
});

test.each([
  ['192.0.2.1:80', { host: '192.0.2.1', port: 80 }],
  ['[::1]:65535', { host: '::1', port: 65_535 }],
  ['a.b:1', { host: 'a.b', port: 1 }],
  ['::1:80', undefined],
  ['host', undefined],
  ['host:0', undefined],
  ['host:65536', undefined],
  ['ho st:1', undefined],
  ['https://host:1', undefined],
])('%s is read as %o', (text, address) => {
  expect(parseAddress(text)).toEqual(address);
});
