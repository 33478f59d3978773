import { expect, test } from 'vitest';
import type { EndpointSlice, Service } from '#core/api/kubernetes.ts';
import type { ShadowEndpointSlice } from '#core/api/offload/shadow-endpoint-slice.ts';
import { endpointsAtProvider, nativeEndpoints } from './native.ts';
import { PortAssignments } from './port-assignments.ts';
import { distinct, type RemoteEndpoint } from './remote-endpoint.ts';
import { endpointsOfShadows, wantedShadows } from './shadows.ts';
import { portKeys, wantedSlice } from './slices.ts';

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', uid: 's' },
  spec: { ports: [{ name: 'http', port: 80 }] },
};
function native(cluster: string): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: 'web-1',
      namespace: 'shop',
      labels: {
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
    },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'pod', uid: `pod-${cluster}` } }],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  };
}

/** What is in a cluster: all its slices, and what consumers told it, by consumer. */
interface Cluster {
  readonly slices: readonly EndpointSlice[];
  readonly shadows: ReadonlyMap<string, readonly ShadowEndpointSlice[]>;
}
type World = ReadonlyMap<string, Cluster>;
/** Providers of each cluster; the namespace is called the same everywhere. */
type Peerings = Readonly<Record<string, readonly string[]>>;

/** One agent's turn: its slices from what it sees of others, and what it tells its providers. */
function turn(world: World, peerings: Peerings, ports: PortAssignments, id: string): World {
  const own = world.get(id) as Cluster;
  const providers = peerings[id] ?? [];
  const at = providers.flatMap((provider) =>
    endpointsAtProvider(provider, world.get(provider)?.slices ?? []),
  );
  const told = [...own.shadows].flatMap(([consumer, shadows]) => endpointsOfShadows(consumer, id, shadows));
  const remote: readonly RemoteEndpoint[] = distinct([...at, ...told]);
  ports.claim('shop/web', remote.flatMap(portKeys));
  const gateway = { address: `gateway-of-${id}`, listens: () => true, linkUp: () => true };
  const made = remote.flatMap(
    (endpoint) =>
      wantedSlice({ service, endpoint, portOf: (key) => ports.portOf(key), gateways: [gateway] }) ?? [],
  );
  const next = new Map(world).set(id, { ...own, slices: [native(id), ...made] });
  for (const provider of providers) {
    const shadows = wantedShadows({
      service: 'web',
      namespace: 'shop',
      clusterID: id,
      provider,
      native: nativeEndpoints(own.slices),
      remote: at,
      linkUp: () => true,
    });
    const there = next.get(provider) as Cluster;
    next.set(provider, { ...there, shadows: new Map(there.shadows).set(id, shadows) });
  }
  return next;
}

const worlds: readonly [string, Peerings][] = [
  ['a hub with two providers', { a: ['b', 'c'], b: [], c: [] }],
  ['a chain', { a: ['b'], b: ['c'], c: [] }],
  ['a ring', { a: ['b'], b: ['c'], c: ['a'] }],
  ['everyone with everyone', { a: ['b', 'c'], b: ['a', 'c'], c: ['a', 'b'] }],
];
test.each(worlds)(
  '%s: slices stop changing, each pod is there once, and at most one relay away',
  (name, peerings) => {
    const ids = Object.keys(peerings);
    const ports = new Map(ids.map((id) => [id, new PortAssignments({ start: 0, now: () => 0 })]));
    let world: World = new Map(ids.map((id) => [id, { slices: [native(id)], shadows: new Map() }]));
    const history: string[] = [];
    for (let round = 0; round < 12; round++) {
      for (const id of ids) world = turn(world, peerings, ports.get(id) as PortAssignments, id);
      history.push(JSON.stringify([...world].map(([id, { slices, shadows }]) => [id, slices, [...shadows]])));
    }
    expect(new Set(history.slice(4)).size).toBe(1);
    for (const [id, { slices }] of world) {
      const origins = slices
        .slice(1)
        .map(({ metadata }) => metadata.labels?.['offloading.interspan.dev/endpoint-origin']);
      expect(new Set(origins).size).toBe(origins.length);
      expect(origins).not.toContain(id);
      // Down a chain, the middle tells nobody of its consumer.
      const reached = name === 'a chain' && id !== 'b' ? 1 : ids.length - 1;
      expect(origins).toHaveLength(reached);
      for (const { metadata } of slices.slice(1)) {
        const record = JSON.parse(metadata.annotations?.['offloading.interspan.dev/endpoints'] ?? '{}');
        const origin = metadata.labels?.['offloading.interspan.dev/endpoint-origin'];
        expect(record.http.endpoint).toBe(`${origin}/pod-${origin}/8080`);
      }
    }
  },
);
