import { expect, test } from 'vitest';
import { desiredAtProvider } from './desired.ts';
import type { Reflected, ReflectedKind } from './reflected.ts';

const to = { origin: 'eu', destination: 'us', namespace: 'shop-eu' };
const local = (kind: ReflectedKind, more: Partial<Reflected> = {}, name = 'a'): Reflected => ({
  apiVersion: 'v1',
  kind,
  ...more,
  metadata: { name, namespace: 'shop', uid: 'u', resourceVersion: '7', ...more.metadata },
});
const metadata = (more: Partial<Reflected['metadata']>): Partial<Reflected> => ({
  metadata: { name: 'a', namespace: 'shop', ...more },
});

test('what is sent carries name, labels and annotations of the local object and says whose it is', () => {
  const object = local(
    'ConfigMap',
    metadata({
      labels: { app: 'x' },
      annotations: {
        note: 'kept',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'offloading.interspan.dev/remote-addresses': '{}',
      },
    }),
  );
  expect(desiredAtProvider('ConfigMap', { ...object, data: { k: 'v' } }, to).object).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'a',
      namespace: 'shop-eu',
      labels: { app: 'x', 'offloading.liqo.io/origin': 'eu', 'offloading.liqo.io/destination': 'us' },
      annotations: { note: 'kept', 'offloading.interspan.dev/reflected-annotations': 'note' },
    },
    data: { k: 'v' },
  });
});

const refused: readonly [string, ReflectedKind, Reflected, readonly string[]][] = [
  ['kubernetes', 'Service', local('Service', {}, 'kubernetes'), []],
  ['an ExternalName', 'Service', local('Service', { spec: { type: 'ExternalName' } }), ['NotReflected']],
  ['the root CA', 'ConfigMap', local('ConfigMap', {}, 'kube-root-ca.crt'), []],
  ['a token', 'Secret', local('Secret', { type: 'kubernetes.io/service-account-token' }), ['NotReflected']],
  [
    'a bootstrap token',
    'Secret',
    local('Secret', { type: 'bootstrap.kubernetes.io/token' }),
    ['NotReflected'],
  ],
  ['one being deleted', 'Secret', local('Secret', metadata({ deletionTimestamp: 'now' })), []],
  [
    'one that asks to be skipped',
    'ConfigMap',
    local('ConfigMap', metadata({ annotations: { 'liqo.io/skip-reflection': '' } })),
    [],
  ],
];
test.each(refused)('%s stays at home', (_, kind, object, reasons) => {
  const { object: sent, notes } = desiredAtProvider(kind, object, to);
  expect([sent, notes.map(({ reason }) => reason)]).toEqual([undefined, reasons]);
});

test('skip-reflection "false" does not skip', () => {
  const object = local('ConfigMap', metadata({ annotations: { 'liqo.io/skip-reflection': 'false' } }));
  expect(desiredAtProvider('ConfigMap', object, to).object).toBeDefined();
});

const services: readonly [string, object, object, readonly string[]][] = [
  [
    'a node port becomes a cluster address of the other cluster',
    {
      type: 'NodePort',
      clusterIP: '10.0.0.7',
      clusterIPs: ['10.0.0.7'],
      ipFamilies: ['IPv4'],
      externalIPs: ['1.2.3.4'],
      selector: { app: 'x' },
      ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }],
    },
    { type: 'ClusterIP', selector: { app: 'x' }, ports: [{ port: 80, protocol: 'TCP' }] },
    [],
  ],
  [
    'affinity and policies are kept',
    {
      type: 'ClusterIP',
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
      internalTrafficPolicy: 'Local',
      trafficDistribution: 'PreferClose',
      publishNotReadyAddresses: true,
    },
    {
      type: 'ClusterIP',
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
      internalTrafficPolicy: 'Local',
      trafficDistribution: 'PreferClose',
      publishNotReadyAddresses: true,
    },
    [],
  ],
  [
    'a headless Service stays headless and says what that means',
    { type: 'ClusterIP', clusterIP: 'None' },
    { type: 'ClusterIP', clusterIP: 'None' },
    ['HeadlessNotSpanned'],
  ],
];
test.each(services)('Services: %s', (_, spec, expected, reasons) => {
  const { object, notes } = desiredAtProvider('Service', local('Service', { spec }), to);
  expect([object?.spec, notes.map(({ reason }) => reason)]).toEqual([expected, reasons]);
});

test('an Ingress goes without its class and without addresses of this cluster', () => {
  const annotations = {
    'kubernetes.io/ingress.class': 'nginx',
    'k8gb.io/exposed-ip-addresses': '1.2.3.4',
    'k8gb.io/strategy': 'roundRobin',
    'nginx.ingress.kubernetes.io/configuration-snippet': 'deny all;',
    'external-dns.alpha.kubernetes.io/hostname': 'a.example',
    'k8gb.io/primary-geotag': 'eu',
    'k8gb.io/dns-ttl-seconds': '5',
  };
  const spec = { ingressClassName: 'nginx', rules: [{ host: 'a.example' }] };
  const { object: sent, notes } = desiredAtProvider(
    'Ingress',
    { ...local('Ingress', metadata({ annotations })), spec },
    to,
  );
  expect(sent?.spec).toEqual({ rules: [{ host: 'a.example' }] });
  expect(notes.map(({ reason, message }) => `${reason} ${message}`)).toEqual([
    'AnnotationsNotReflected Reflected to cluster "us" without annotations that a tenant may not set there: nginx.ingress.kubernetes.io/configuration-snippet',
  ]);
  expect(
    Object.keys(sent?.metadata.annotations ?? {}).filter(
      (key) => key.includes('k8gb') || key.includes('class'),
    ),
  ).toEqual(['k8gb.io/strategy', 'k8gb.io/primary-geotag', 'k8gb.io/dns-ttl-seconds']);
});
