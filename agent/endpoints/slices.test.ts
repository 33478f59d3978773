import { expect, test } from 'vitest';
import type { Service } from '#core/api/kubernetes.ts';
import { Gateways } from './gateways.ts';
import type { RemoteEndpoint } from './remote-endpoint.ts';
import { isAsWanted, sliceRecord, spannedPorts, wantedSlice } from './slices.ts';

const service = (spec: Service['spec'] = { ports: [{ name: 'http', port: 80 }] }): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', uid: 's' },
  spec,
});
const endpoint: RemoteEndpoint = {
  peer: 'us',
  origin: 'us',
  uid: 'p1',
  name: 'pod',
  address: '10.1.1.1',
  ports: [{ name: 'http', port: 8080, appProtocol: 'h2c' }],
  conditions: { ready: true, serving: true, terminating: false },
};
const portOf = () => 20_007;
const entry = { peer: 'us', endpoint: 'us/p1/8080' } as const;

const spans: readonly [string, Service | undefined, readonly string[]][] = [
  ['no Service', undefined, []],
  ['a plain one', service(), ['http']],
  ['one without names', service({ ports: [{ port: 80 }] }), ['']],
  [
    'UDP beside TCP',
    service({
      ports: [
        { name: 'u', port: 1, protocol: 'UDP' },
        { name: 't', port: 1 },
      ],
    }),
    ['t'],
  ],
  ['headless', service({ clusterIP: 'None', ports: [{ port: 80 }] }), []],
  ['ExternalName', service({ type: 'ExternalName', ports: [{ port: 80 }] }), []],
  ['Local only', service({ internalTrafficPolicy: 'Local', ports: [{ port: 80 }] }), []],
];
test.each(spans)('ports that span: %s', (_, object, names) => {
  expect([...spannedPorts(object)]).toEqual(names);
});

interface Told {
  readonly revision?: string;
  readonly failed?: readonly number[];
  readonly up?: boolean;
}
const reports: readonly [string, Told, RemoteEndpoint['conditions'], boolean][] = [
  ['listening, link up', {}, endpoint.conditions, true],
  ['link down', { up: false }, endpoint.conditions, false],
  ['a table that did not have the port', { revision: 'old' }, endpoint.conditions, false],
  ['a table that led elsewhere', { revision: 'other' }, endpoint.conditions, false],
  ['a table that nobody knows', { revision: 'unknown' }, endpoint.conditions, false],
  ['the port is taken', { failed: [20_007] }, endpoint.conditions, false],
  ['a pod that is not ready', {}, { ready: false, serving: true, terminating: true }, false],
];
test.each(reports)('a gateway: %s', (_, { revision = 'r', failed = [], up = true }, conditions, ready) => {
  const gateways = new Gateways();
  gateways.remember('old', {});
  gateways.remember('other', { 20007: { peer: 'us', endpoint: 'us/p2/8080' } });
  gateways.remember('r', { 20007: entry });
  gateways.report('g', '10.0.0.9', { revision, failedPorts: failed, links: { us: up } });
  const slice = wantedSlice({
    service: service(),
    endpoint: { ...endpoint, conditions },
    portOf,
    gateways: gateways.views(),
  });
  expect(slice?.endpoints).toEqual([{ addresses: ['10.0.0.9'], conditions: { ...conditions, ready } }]);
});

test('a slice is the record of its assignment and of whom it leads to', () => {
  const gateways = new Gateways();
  gateways.report('b', '10.0.0.9', { revision: 'r', failedPorts: [], links: {} });
  gateways.report('a', '10.0.0.8', { revision: 'r', failedPorts: [], links: {} });
  const slice = wantedSlice({ service: service(), endpoint, portOf, gateways: gateways.views() });
  expect(slice).toMatchObject({
    metadata: {
      namespace: 'shop',
      labels: {
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'offload-agent.interspan.dev',
        'offloading.interspan.dev/endpoint-origin': 'us',
      },
      annotations: { 'offloading.interspan.dev/endpoints': JSON.stringify({ http: entry }) },
    },
    ports: [{ name: 'http', port: 20_007, protocol: 'TCP', appProtocol: 'h2c' }],
  });
  expect(slice?.metadata.name).toMatch(/^web-[0-9a-f]{12}$/);
  expect(slice?.endpoints?.map(({ addresses }) => addresses[0])).toEqual(['10.0.0.8', '10.0.0.9']);
  const record = slice && sliceRecord(slice);
  expect(record?.assignments).toEqual([{ ...entry, port: 20_007 }]);
  expect(record?.endpoint).toEqual({ ...endpoint, name: '', address: '' });
  expect(slice && isAsWanted(slice, structuredClone(slice))).toBe(true);
});

test.each([
  undefined,
  'no JSON',
  '[]',
  '{"http":{"peer":"us"}}',
  '{"http":{"peer":"us","endpoint":"us/p1/0"}}',
  '{"http":{"peer":"us","endpoint":"us/p1/80/more"}}',
  '{"http":{"peer":"__proto__","endpoint":"us/p1/80"}}',
  '{"other":{"peer":"us","endpoint":"us/p1/80"}}',
])('a record of %s is none', (text) => {
  const slice = wantedSlice({ service: service(), endpoint, portOf, gateways: [] });
  if (slice === undefined) throw new Error('no slice');
  const annotations: Record<string, string> =
    text === undefined ? {} : { 'offloading.interspan.dev/endpoints': text };
  expect(sliceRecord({ ...slice, metadata: { ...slice.metadata, annotations } })).toBeUndefined();
});

test('names of long Services fit, and differ by endpoint', () => {
  const long = { ...service(), metadata: { ...service().metadata, name: 'a'.repeat(63) } };
  const names = ['p1', 'p2'].map(
    (uid) =>
      wantedSlice({ service: long, endpoint: { ...endpoint, uid }, portOf, gateways: [] })?.metadata.name ??
      '',
  );
  expect(names.map(({ length }) => length)).toEqual([63, 63]);
  expect(new Set(names).size).toBe(2);
});
