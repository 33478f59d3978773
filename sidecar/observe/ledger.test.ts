import { beforeEach, describe, expect, it } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import { istioGateways, virtualServices } from '#core/api/istio.ts';
import type { EndpointSlice, Ingress, Service } from '#core/api/kubernetes.ts';
import { Checks } from './checks.ts';
import { Ledger } from './ledger.ts';

const rule = (host: string, ...services: string[]) => ({
  host,
  http: {
    paths: services.map((name) => ({ path: '/', pathType: 'Prefix', backend: { service: { name } } })),
  },
});
const gslb = (
  name: string,
  spec: NonNullable<Gslb['spec']>,
  metadata: Partial<Gslb['metadata']> = {},
): Gslb => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: {
    name,
    namespace: 'web',
    uid: `uid-${name}`,
    generation: 1,
    creationTimestamp: '2026-01-02T00:00:00Z',
    annotations: { 'k8gb.io/exposed-ip-addresses': '192.0.2.1' },
    ...metadata,
  },
  spec,
});
const now = () => ({ monotonicMs: 0, wallMs: 0 });
const strategy = { type: 'roundRobin' };
const embedded = (name: string, host: string, metadata = {}) =>
  gslb(name, { strategy, ingress: { rules: [rule(host, 'app')] } }, metadata);
const referring = (name: string, ingress: string) =>
  gslb(name, { strategy, resourceRef: { kind: 'Ingress', name: ingress } });
const ingress = (name: string, host: string, annotations: Record<string, string> = {}): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name,
    namespace: 'web',
    uid: `uid-ingress-${name}`,
    creationTimestamp: '2026-01-01T00:00:00Z',
    labels: { app: name },
    annotations,
  },
  spec: { rules: [rule(host, 'app')] },
  status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } },
});
const service = (name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'web' },
});
const slice = (name: string, ofService: string, ready: boolean): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'web', labels: { 'kubernetes.io/service-name': ofService } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready } }],
});
const zones = {
  zones: [{ name: 'example.com', parent: 'com', negativeTtlSeconds: 30 }],
  refused: new Map(),
};
const annotated = { 'k8gb.io/strategy': 'roundRobin' };

describe('the ledger', () => {
  let ledger: Ledger;
  const put = {
    gslb: (object: Gslb, group: 'k8gb.io' | 'k8gb.absa.oss' = 'k8gb.io') =>
      ledger.setGslb(group, object, object),
    ingress: (object: Ingress) => ledger.setIngress(object, object),
    slice: (object: EndpointSlice) => ledger.setSlice(object, object),
  };
  const health = (host: string) => ledger.view().hosts.get(host)?.health;
  beforeEach(() => {
    ledger = new Ledger('eu', 'k8gb.io', new Checks({ probe: { type: 'none' }, now }));
    ledger.setZones(zones);
    ledger.setService(service('app'), service('app'));
    put.slice(slice('app-1', 'app', true));
  });

  it('is quiet when nothing moved', () => {
    put.gslb(embedded('a', 'a.example.com'));
    expect(ledger.settle()).toBeDefined();
    expect(ledger.settle()).toBeUndefined();
  });

  it('tells of a slice only when it turns the health of its Service', () => {
    put.gslb(embedded('a', 'a.example.com'));
    ledger.settle();
    put.slice(slice('app-2', 'app', true));
    put.slice(slice('app-1', 'app', false));
    expect(ledger.settle()).toBeUndefined();
    put.slice(slice('app-2', 'app', false));
    expect([...(ledger.settle()?.hosts ?? [])]).toEqual(['a.example.com']);
    expect(health('a.example.com')).toBe('Unhealthy');
  });

  it('takes what moved for all a few at a time, behind what moved for one', () => {
    const names = Array.from({ length: 450 }, (_, number) => `app-${number}`);
    for (const name of names) {
      ledger.setService(service(name), service(name));
      put.slice(slice(name, name, true));
      const rules = [rule(`${name}.example.com`, name)];
      put.gslb(gslb(name, { strategy, ingress: { rules } }, { annotations: {} }));
      put.ingress({ ...ingress(name, `${name}.example.com`), status: {} });
    }
    expect(ledger.settle()?.hosts.size).toBe(450);
    const addressesOf = (name: string) => ledger.view().hosts.get(`${name}.example.com`)?.addresses;
    ledger.setIngressNodes({ observed: true, addresses: ['192.0.2.7'], notServing: new Set() });
    put.slice(slice('app-449', 'app-449', false));
    expect(ledger.settle()?.hosts.has('app-449.example.com')).toBe(true);
    expect(health('app-449.example.com')).toBe('Unhealthy');
    expect(addressesOf('app-449')).toEqual(['192.0.2.7']);
    expect(addressesOf('app-448')).toEqual([]);
    expect(ledger.isUnsettled()).toBe(true);
    for (let turns = 0; ledger.isUnsettled(); turns++) {
      expect(turns).toBeLessThan(10);
      ledger.settle();
    }
    expect(new Set(names.map((name) => String(addressesOf(name))))).toEqual(new Set(['192.0.2.7']));
  });

  it('tells of an address that is kept back since its node runs no ingress', () => {
    const published = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }] } };
    put.ingress({ ...ingress('a', 'a.example.com', annotated), status: published });
    ledger.setIngressNodes({ observed: true, addresses: ['192.0.2.1'], notServing: new Set(['192.0.2.2']) });
    ledger.settle();
    expect(ledger.view().hosts.get('a.example.com')).toMatchObject({
      addresses: ['192.0.2.1'],
      withheld: [{ address: '192.0.2.2', why: 'its node runs no Ready pod of the ingress controller' }],
    });
  });

  it('says whether hosts came or went', () => {
    put.gslb(embedded('a', 'a.example.com'));
    expect(ledger.settle()?.hostNames).toBe(true);
    put.slice(slice('app-1', 'app', false));
    expect(ledger.settle()?.hostNames).toBe(false);
    ledger.setGslb('k8gb.io', embedded('a', 'a.example.com'), undefined);
    expect(ledger.settle()?.hostNames).toBe(true);
  });

  it('forgets a slice that is deleted', () => {
    put.gslb(embedded('a', 'a.example.com'));
    ledger.setSlice(slice('app-1', 'app', true), undefined);
    ledger.settle();
    expect(health('a.example.com')).toBe('Unhealthy');
  });

  it('calls a host NotFound while its Service is missing, even when slices are left', () => {
    put.gslb(embedded('a', 'a.example.com'));
    ledger.setService(service('app'), undefined);
    ledger.settle();
    expect(health('a.example.com')).toBe('NotFound');
  });

  it('passes over slices that belong to no Service or to one that no host has', () => {
    ledger.settle();
    put.slice({ ...slice('x', 'app', false), metadata: { name: 'x', namespace: 'web' } });
    put.slice(slice('y', 'other', true));
    expect(ledger.settle()).toBeUndefined();
  });

  it('a changed Ingress touches the Gslbs that name or select it, and no other of the namespace', () => {
    put.ingress(ingress('one', 'one.example.com'));
    put.ingress(ingress('two', 'two.example.com'));
    put.gslb(referring('one', 'one'));
    put.gslb(referring('two', 'two'));
    put.gslb(gslb('chosen', { strategy, resourceRef: { kind: 'Ingress', matchLabels: { app: 'one' } } }));
    put.gslb(embedded('own', 'own.example.com'));
    ledger.settle();
    put.ingress(ingress('one', 'uno.example.com'));
    expect([...(ledger.settle()?.gslbs ?? [])].sort()).toEqual(['k8gb.io/web/chosen', 'k8gb.io/web/one']);
    expect(ledger.view().hosts.has('one.example.com')).toBe(false);
    expect(ledger.view().hosts.has('uno.example.com')).toBe(true);
  });

  it('an Ingress that appears fulfils a reference that named nothing', () => {
    put.gslb(referring('one', 'one'));
    ledger.settle();
    expect(ledger.view().gslbs.get('k8gb.io/web/one')?.acceptance).toMatchObject({
      reason: 'ResourceRefNotFound',
    });
    put.ingress(ingress('one', 'one.example.com'));
    ledger.settle();
    expect(ledger.view().gslbs.get('k8gb.io/web/one')?.acceptance.accepted).toBe(true);
  });

  it('labels that select two Ingresses are ambiguous', () => {
    put.ingress(ingress('one', 'one.example.com'));
    put.ingress({
      ...ingress('two', 'two.example.com'),
      metadata: { name: 'two', namespace: 'web', labels: { app: 'one' } },
    });
    put.gslb(gslb('chosen', { strategy, resourceRef: { kind: 'Ingress', matchLabels: { app: 'one' } } }));
    ledger.settle();
    expect(ledger.view().gslbs.get('k8gb.io/web/chosen')?.acceptance).toMatchObject({
      reason: 'ResourceRefAmbiguous',
    });
  });

  it('tells of a Gslb that somebody wrote to, though nothing is seen differently', () => {
    put.gslb(embedded('a', 'a.example.com'));
    ledger.settle();
    put.gslb({
      ...embedded('a', 'a.example.com'),
      status: { geoTag: 'us', serviceHealth: {}, healthyRecords: {} },
    });
    const settled = ledger.settle();
    expect([...(settled?.gslbs ?? [])]).toEqual(['k8gb.io/web/a']);
    expect(settled?.hosts.size).toBe(0);
  });

  it('looks at no host again for what is written of a Gslb, nor for geotags that none of them asks for', () => {
    let looks = 0;
    const counting = () => {
      looks += 1;
      return now();
    };
    ledger = new Ledger('eu', 'k8gb.io', new Checks({ probe: { type: 'none' }, now: counting }));
    ledger.setZones(zones);
    const strange = { type: 'failover', primaryGeoTag: 'mars' };
    const rules = [rule('b.example.com', 'app')];
    put.gslb(embedded('a', 'a.example.com'));
    put.gslb(gslb('b', { strategy: strange, ingress: { rules } }));
    ledger.settle();
    looks = 0;
    const status = { geoTag: 'eu', serviceHealth: { 'a.example.com': 'Healthy' }, healthyRecords: {} };
    put.gslb({ ...embedded('a', 'a.example.com', { resourceVersion: '7' }), status });
    expect([...(ledger.settle()?.gslbs ?? [])]).toEqual(['k8gb.io/web/a']);
    expect(looks).toBe(0);
    ledger.setGeoTags(new Set(['eu', 'us']));
    expect([...(ledger.settle()?.gslbs ?? [])]).toEqual(['k8gb.io/web/b']);
    expect(looks).toBe(1);
    put.gslb(embedded('a', 'a.example.com', { annotations: {} }));
    expect([...(ledger.settle()?.hosts ?? [])]).toEqual(['a.example.com']);
  });

  it('knows before anything is settled which hosts the statuses name', () => {
    const status = {
      geoTag: 'eu',
      serviceHealth: { 'a.example.com': 'Healthy', 'b.example.com': 'Unhealthy' },
      healthyRecords: {},
    };
    put.gslb({ ...referring('a', 'a'), status });
    put.gslb(referring('new', 'new'));
    expect([...ledger.rememberedHosts()]).toEqual(['a.example.com', 'b.example.com']);
  });

  it('an annotated Ingress without its Gslb takes no host from a Gslb, however old it is', () => {
    put.gslb(embedded('younger', 'app.example.com'));
    put.ingress(ingress('app', 'app.example.com', annotated));
    ledger.settle();
    expect(ledger.view().hosts.get('app.example.com')?.gslb.name).toBe('younger');
    expect(ledger.view().gslbs.get('k8gb.io/web/app')).toMatchObject({
      uid: '',
      acceptance: { reason: 'HostConflict' },
    });
  });

  it('reads the annotations of the Ingress before what is written of them, and what a user added', () => {
    const annotations = { ...annotated, 'k8gb.io/dns-ttl-seconds': '5' };
    put.ingress({
      ...ingress('app', 'app.example.com', annotations),
      spec: { rules: [rule('app.example.com', 'app', 'missing')] },
    });
    const made = gslb(
      'app',
      {
        strategy: { type: 'roundRobin', dnsTtlSeconds: 60 },
        resourceRef: { kind: 'Ingress', name: 'app' },
        serviceHealthPolicy: 'All',
      },
      {
        ownerReferences: [
          { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'app', uid: 'uid-ingress-app' },
        ],
      },
    );
    put.gslb(made);
    ledger.settle();
    expect(ledger.view().hosts.get('app.example.com')).toMatchObject({
      ttlSeconds: 5,
      health: 'NotFound',
      gslb: { name: 'app' },
    });
  });

  it('a Gslb of that name that was made by hand counts, not the annotations', () => {
    put.ingress(ingress('app', 'app.example.com', { ...annotated, 'k8gb.io/dns-ttl-seconds': '5' }));
    put.gslb(gslb('app', { strategy: { ...strategy, dnsTtlSeconds: 60 }, resourceRef: { name: 'app' } }));
    ledger.settle();
    expect(ledger.view().hosts.get('app.example.com')?.ttlSeconds).toBe(60);
  });

  it('an Ingress that was made for a Gslb wants none itself, though k8gb copies the annotation onto it', () => {
    put.gslb(embedded('app', 'app.example.com'), 'k8gb.absa.oss');
    const made = ingress('app', 'app.example.com', annotated);
    const ownerReferences = [
      { apiVersion: 'k8gb.absa.oss/v1beta1', kind: 'Gslb', name: 'app', uid: 'uid-app' },
    ];
    put.ingress({ ...made, metadata: { ...made.metadata, ownerReferences } });
    ledger.settle();
    expect([...ledger.view().gslbs.keys()]).toEqual(['k8gb.absa.oss/web/app']);
    expect(ledger.annotatedIngress('k8gb.io/web/app')).toBeUndefined();
  });

  it('tells of a Gslb whose Ingress lost its annotation', () => {
    put.ingress(ingress('app', 'app.example.com', annotated));
    put.gslb(referring('app', 'app'));
    ledger.settle();
    put.ingress(ingress('app', 'app.example.com'));
    expect([...(ledger.settle()?.gslbs ?? [])]).toEqual(['k8gb.io/web/app']);
    expect(ledger.annotatedIngress('k8gb.io/web/app')).toBeUndefined();
  });

  it.each([
    ['a before b', 'a', 'b'],
    ['b before a', 'b', 'a'],
  ])('a host passes to its next owner in one step, settled %s', (_title, first, second) => {
    const at = { a: '2026-01-01T00:00:00Z', b: '2026-01-02T00:00:00Z' };
    const object = (name: string, creationTimestamp: string) =>
      embedded(name, 'app.example.com', { creationTimestamp });
    for (const name of [first, second]) put.gslb(object(name, at[name as 'a']));
    ledger.settle();
    expect(ledger.view().hosts.get('app.example.com')?.gslb.name).toBe('a');
    const moved = embedded('a', 'elsewhere.example.com', { creationTimestamp: at.a });
    ledger.setGslb('k8gb.io', moved, moved);
    expect([...(ledger.settle()?.hosts ?? [])].sort()).toEqual(['app.example.com', 'elsewhere.example.com']);
    expect(ledger.view().hosts.get('app.example.com')?.gslb.name).toBe('b');
  });

  it('serves the half of an object in migration that can be served', () => {
    put.gslb(embedded('a', 'a.example.com'), 'k8gb.absa.oss');
    put.gslb(gslb('a', { strategy: { type: 'random' }, ingress: { rules: [rule('a.example.com', 'app')] } }));
    ledger.settle();
    expect(ledger.view().hosts.get('a.example.com')?.gslb.group).toBe('k8gb.absa.oss');
  });

  it('a deleted Gslb takes its host along', () => {
    const object = embedded('a', 'a.example.com');
    put.gslb(object);
    ledger.settle();
    ledger.setGslb('k8gb.io', object, undefined);
    const settled = ledger.settle();
    expect([...(settled?.hosts ?? []), ...(settled?.gslbs ?? [])]).toEqual([
      'a.example.com',
      'k8gb.io/web/a',
    ]);
    expect(ledger.view().hosts.size + ledger.view().gslbs.size).toBe(0);
  });

  it('tells of zones that came or are refused, with the hosts that this lets in', () => {
    put.gslb(embedded('a', 'a.example.com'));
    ledger.settle();
    ledger.setZones({ zones: [], refused: new Map([['z', { reason: 'ZoneInvalid', message: '' }]]) });
    const settled = ledger.settle();
    expect(settled?.zones).toBe(true);
    expect([...(settled?.hosts ?? [])]).toEqual(['a.example.com']);
    expect(ledger.refusedZones().get('z')?.reason).toBe('ZoneInvalid');
  });

  it('leaves a name to the namespace that owns it, beside a wildcard of another that is older', () => {
    const elsewhere = { namespace: 'shop', uid: 'u', creationTimestamp: '2026-02-01T00:00:00Z' };
    put.gslb(embedded('wild', '*.example.com'));
    put.gslb(embedded('exact', 'x.example.com', elsewhere));
    ledger.setSlice(slice('app-1', 'app', true), undefined);
    ledger.settle();
    // Unhealthy as it is, the name is there, and so no wildcard stands for it (RFC 4592 §2.2.1).
    const owners = [...ledger.view().hosts].map(([host, { gslb: of }]) => `${host} ${of.namespace}`);
    expect(owners.sort()).toEqual(['*.example.com web', 'x.example.com shop']);
  });

  it("follows the Service of an Istio gateway's pods, whenever it comes and however often the route changes", () => {
    const [virtualServiceKind] = virtualServices;
    const [gatewayKind] = istioGateways;
    if (virtualServiceKind === undefined || gatewayKind === undefined) throw new Error('no kinds');
    const istio = (kind: string, namespace: string, name: string, spec: object) => ({
      apiVersion: 'networking.istio.io/v1',
      kind,
      metadata: { name, namespace },
      spec,
    });
    const route = istio('VirtualService', 'web', 'app', { hosts: ['a.example.com'], gateways: ['infra/gw'] });
    const gateway = istio('Gateway', 'infra', 'gw', { selector: { istio: 'gw' } });
    put.gslb(
      gslb('a', { strategy, resourceRef: { kind: 'VirtualService', name: 'app' } }, { annotations: {} }),
    );
    ledger.settle();
    expect(ledger.view().gslbs.size).toBe(0);
    expect(ledger.wantedKinds()).toEqual([virtualServiceKind]);
    ledger.setTarget(virtualServiceKind, route, route);
    ledger.setKindState(virtualServiceKind, 'read');
    ledger.settle();
    expect(ledger.wantedKinds()).toEqual([virtualServiceKind, gatewayKind]);
    ledger.setTarget(gatewayKind, gateway, gateway);
    ledger.setKindState(gatewayKind, 'read');
    for (const address of ['192.0.2.5', '192.0.2.6']) {
      ledger.setTarget(virtualServiceKind, route, route);
      ledger.settle();
      const reached: Service = {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'gw', namespace: 'infra', labels: { istio: 'gw' } },
        status: { loadBalancer: { ingress: [{ ip: address }] } },
      };
      ledger.setService(reached, reached);
      expect([...(ledger.settle()?.hosts ?? [])]).toEqual(['a.example.com']);
      expect(ledger.view().hosts.get('a.example.com')?.addresses).toEqual([address]);
    }
  });

  it.each([
    ['by one label', { matchLabels: { app: 'x' } }],
    ['by expressions only', { matchExpressions: [{ key: 'app', operator: 'In', values: ['x', 'y'] }] }],
  ])(
    'notices when the labels of an Ingress move it into a selection and out of it again: %s',
    (_title, selector) => {
      put.gslb(gslb('a', { strategy, resourceRef: { kind: 'Ingress', ...selector } }));
      const labelled = (app: string): Ingress => {
        const object = ingress('i', 'a.example.com');
        return { ...object, metadata: { ...object.metadata, labels: { app } } };
      };
      const accepted = () => {
        ledger.settle();
        return ledger.view().gslbs.get('k8gb.io/web/a')?.acceptance.accepted;
      };
      put.ingress(labelled('z'));
      expect(accepted()).toBe(false);
      put.ingress(labelled('x'));
      expect(accepted()).toBe(true);
      put.ingress(labelled('z'));
      expect(accepted()).toBe(false);
      put.ingress(labelled('x'));
      expect(accepted()).toBe(true);
      ledger.setIngress(labelled('x'), undefined);
      expect(accepted()).toBe(false);
    },
  );
});
