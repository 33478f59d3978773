import { beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, type GatewayRoute, gatewayRoutes, gateways } from '#core/api/gateway-api.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import { istioGateways, type VirtualService, virtualServices } from '#core/api/istio.ts';
import {
  type Ingress,
  ingresses,
  type KubeObject,
  type Resource,
  type Service,
  services,
} from '#core/api/kubernetes.ts';
import { apiVersion } from '#core/api/resource.ts';
import { claim } from './claim.ts';
import type { Objects } from './dependencies.ts';
import { GatewayServices } from './gateway-services.ts';
import { targetKind } from './target-kinds.ts';
import { type ReadState, TargetObjects } from './target-objects.ts';
import { trimOptional } from './trim-routes.ts';
import { readGslb } from './wish.ts';

const targets = { now: new TargetObjects() };
const objects = (): Objects => {
  const { now } = targets;
  const gatewayServices = new GatewayServices(() => now.all(services));
  return {
    state: (resource) => now.state(resource),
    get: (resource, key) => now.get(resource, key),
    select: (resource, namespace, selector) => now.select(resource, namespace, selector),
    servicesOf: (selector) => gatewayServices.of(selector),
  };
};
const every = [ingresses, services, ...gatewayRoutes, gateways, ...virtualServices, ...istioGateways];
beforeEach(() => {
  targets.now = new TargetObjects();
  for (const kind of every) targets.now.setState(kind as Resource, 'read');
});

/** Puts an object in, cut down as on arrival. */
function put(resource: Resource, name: string, parts: object, namespace = 'web', labels = {}): void {
  const whole = {
    apiVersion: apiVersion(resource),
    kind: resource.kind,
    metadata: { name, namespace, labels },
    ...parts,
  } as KubeObject;
  const optional = resource !== ingresses && resource !== services;
  targets.now.set(resource, `${namespace}/${name}`, optional ? trimOptional(whole) : whole);
}
const kindOf = (kind: string, version?: string): Resource => targetKind(version, kind)?.resource as Resource;
const wish = (resourceRef: object, annotations: Record<string, string> = {}) =>
  readGslb(
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { name: 'app', namespace: 'web', annotations },
      spec: { strategy: { type: 'roundRobin' }, resourceRef },
    } as Gslb,
    'k8gb.io',
  );
const of = (resourceRef: object, annotations = {}) => claim(wish(resourceRef, annotations), objects());
/** `host=namespace/service …`, a line per host. */
const rulesOf = (found: ReturnType<typeof claim>) =>
  found.rules.map(
    ({ host, services: behind }) =>
      `${host}=${behind.map(({ namespace, name }) => `${namespace}/${name}`).join(' ')}`,
  );
const reasons = (found: ReturnType<typeof claim>) => found.remarks.map(({ reason }) => reason);

const backend = (name: string, parts = {}) => ({ backendRefs: [{ name, ...parts }] });
const parents = (...names: string[]) => ({ parentRefs: names.map((name) => ({ name })) });

describe('the hosts and Services of what a Gslb refers to', () => {
  it.each(['HTTPRoute', 'GRPCRoute', 'TLSRoute'])(
    'a %s: its host names, each with all Services of its rules',
    (kind) => {
      put(kindOf(kind), 'app', {
        spec: {
          hostnames: ['A.example.com.', 'b.example.com', 'a.example.com'],
          rules: [
            backend('one'),
            {
              backendRefs: [
                { name: 'two', namespace: 'shop' },
                { name: 'one', kind: 'Service', group: '' },
              ],
            },
          ],
        },
      });
      const found = of({ kind, name: 'app' });
      expect(rulesOf(found)).toEqual(['a.example.com=web/one shop/two', 'b.example.com=web/one shop/two']);
      expect(reasons(found)).toEqual([]);
    },
  );

  it.each(['TCPRoute', 'UDPRoute'])('a %s: the host that the Gslb names', (kind) => {
    put(kindOf(kind), 'app', { spec: { rules: [backend('one')] } });
    expect(rulesOf(of({ kind, name: 'app' }, { 'k8gb.io/hostname': ' A.example.com. ' }))).toEqual([
      'a.example.com=web/one',
    ]);
  });

  it('a Service: the host that the Gslb names, and itself', () => {
    put(services, 'app', {}, 'shop');
    const found = of(
      { kind: 'Service', name: 'app', namespace: 'shop' },
      { 'k8gb.io/hostname': 'a.example.com' },
    );
    expect(rulesOf(found)).toEqual(['a.example.com=shop/app']);
  });

  it.each(['Service', 'TCPRoute', 'UDPRoute'])('a %s without a host is refused', (kind) => {
    put(kindOf(kind), 'app', {});
    expect(of({ kind, name: 'app' })).toMatchObject({ rules: [], refusal: { reason: 'HostnameMissing' } });
  });

  it.each([
    ['its own namespace', 'app', 'web/app'],
    ['another one', 'app.shop', 'shop/app'],
    ['another one, in full', 'App.shop.svc.cluster.local', 'shop/app'],
  ])('a VirtualService with a destination in %s', (_title, destination, expected) => {
    const route = [{ destination: { host: destination } }];
    for (const protocol of ['http', 'tls', 'tcp']) {
      put(kindOf('VirtualService'), 'app', { spec: { hosts: ['a.example.com'], [protocol]: [{ route }] } });
      expect(rulesOf(of({ kind: 'VirtualService', name: 'app' }))).toEqual([`a.example.com=${expected}`]);
    }
  });

  it.each<[string, string, unknown, string[], string[]]>([
    [
      'a backend that is no Service',
      'HTTPRoute',
      { hostnames: ['a.b'], rules: [backend('x', { kind: 'Bucket', group: 'acme.io' }), backend('one')] },
      ['a.b=web/one'],
      ['BackendNotService'],
    ],
    ['no backend', 'HTTPRoute', { hostnames: ['a.b'], rules: [] }, ['a.b='], ['NoBackends']],
    [
      'a destination outside the cluster',
      'VirtualService',
      { hosts: ['a.b'], http: [{ route: [{ destination: { host: 'api.example.org' } }] }] },
      ['a.b='],
      ['BackendNotService', 'NoBackends'],
    ],
    [
      'rules of a wrong shape',
      'HTTPRoute',
      {
        hostnames: ['a.b', 7, null],
        rules: [null, 7, { backendRefs: 'x' }, { backendRefs: [null, {}, { name: 7 }] }],
        parentRefs: 'x',
      },
      ['a.b='],
      ['NoBackends'],
    ],
    [
      'routes of a wrong shape',
      'VirtualService',
      {
        hosts: ['a.b'],
        gateways: [7],
        http: { a: 1 },
        tls: [null, { route: [null, { destination: 'x' }, { destination: { host: 7 } }] }],
      },
      ['a.b='],
      ['NoBackends'],
    ],
  ])('a remark, no throw, for %s', (_title, kind, spec, rules, remarks) => {
    put(kindOf(kind), 'app', { spec });
    const found = of({ kind, name: 'app' });
    expect([rulesOf(found), reasons(found)]).toEqual([rules, remarks]);
  });

  it.each<[string, string, unknown]>([
    ['a route without host names', 'HTTPRoute', { rules: [backend('one')] }],
    ['a route without spec', 'HTTPRoute', undefined],
    ['host names that are no list', 'GRPCRoute', { hostnames: 'a.b' }],
    ['a VirtualService without hosts', 'VirtualService', { http: [] }],
  ])('%s is refused, with the remedy', (_title, kind, spec) => {
    put(kindOf(kind), 'app', { spec });
    const { refusal } = of({ kind, name: 'app' });
    expect(refusal).toMatchObject({
      reason: 'NoHosts',
      message: expect.stringContaining('list them in spec.'),
    });
  });
});

describe('finding what a Gslb refers to', () => {
  it.each<[string, object, string]>([
    ['none of the name', { kind: 'HTTPRoute', name: 'gone' }, 'ResourceRefNotFound'],
    ['none with the labels', { kind: 'HTTPRoute', matchLabels: { tier: 'gone' } }, 'ResourceRefNotFound'],
    [
      'one with the labels in another namespace',
      { kind: 'HTTPRoute', matchLabels: { tier: 'shop' } },
      'ResourceRefNotFound',
    ],
    ['two with the labels', { kind: 'HTTPRoute', matchLabels: { tier: 'web' } }, 'ResourceRefAmbiguous'],
    [
      'two by an expression',
      { kind: 'HTTPRoute', matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      'ResourceRefAmbiguous',
    ],
  ])('%s is refused', (_title, reference, reason) => {
    for (const name of ['a', 'b'])
      put(kindOf('HTTPRoute'), name, { spec: { hostnames: [`${name}.b`], rules: [] } }, 'web', {
        tier: 'web',
        name,
      });
    put(kindOf('HTTPRoute'), 'c', { spec: { hostnames: ['c.b'], rules: [] } }, 'shop', { tier: 'shop' });
    expect(of(reference).refusal?.reason).toBe(reason);
    const one = of({
      kind: 'HTTPRoute',
      matchLabels: { tier: 'web' },
      matchExpressions: [{ key: 'name', operator: 'NotIn', values: ['b'] }],
    });
    expect(rulesOf(one)).toEqual(['a.b=']);
  });

  it.each<[ReadState, unknown, boolean]>([
    ['unread', undefined, true],
    ['missing', 'ResourceRefKindMissing', false],
    ['denied', 'ResourceRefUnreadable', false],
  ])('a kind that is %s', (state, reason, pending) => {
    targets.now.setState(kindOf('HTTPRoute'), state);
    const found = of({ kind: 'HTTPRoute', name: 'app' });
    expect([found.refusal?.reason, found.pending]).toEqual([reason, pending]);
  });

  it('nothing is said of a route whose gateway is not listed yet', () => {
    targets.now.setState(gateways, 'unread');
    put(kindOf('HTTPRoute'), 'app', { spec: { hostnames: ['a.b'], ...parents('public') } });
    expect(of({ kind: 'HTTPRoute', name: 'app' }).pending).toBe(true);
  });
});

describe('where what a Gslb refers to is reached', () => {
  const shown = (found: ReturnType<typeof claim>) => {
    const { addresses = [], hostnames = [], problem } = found.published ?? {};
    return [...addresses, ...hostnames, ...(problem === undefined ? [] : [problem.reason])];
  };
  const loadBalancer = (...ingress: object[]) => ({ status: { loadBalancer: { ingress } } });

  it.each<[string, KubeObject['kind'], Resource]>([
    ['an Ingress', 'Ingress', ingresses],
    ['a Service', 'Service', services],
  ])('%s: addresses and host names of its status', (_title, kind, resource) => {
    const spec = { rules: [{ host: 'a.b', http: { paths: [] } }] };
    put(resource, 'app', { spec, ...loadBalancer({ ip: '192.0.2.1' }, { hostname: 'lb.example.net' }, {}) });
    expect(shown(of({ kind, name: 'app' }, { 'k8gb.io/hostname': 'a.b' }))).toEqual([
      '192.0.2.1',
      'lb.example.net',
    ]);
  });

  it.each<[string, object, string[]]>([
    ['one parent, in its own namespace', parents('public'), ['192.0.2.1', 'lb.example.net']],
    ['one parent, in another', { parentRefs: [{ name: 'other', namespace: 'infra' }] }, ['192.0.2.2']],
    [
      'two listeners of one Gateway',
      {
        parentRefs: [
          { name: 'public', sectionName: 'a' },
          { name: 'public', sectionName: 'b' },
        ],
      },
      ['192.0.2.1', 'lb.example.net'],
    ],
    [
      'a parent that is no Gateway beside it',
      {
        parentRefs: [
          { name: 'app', kind: 'Service', group: '' },
          { name: 'public', kind: 'Gateway', group: 'gateway.networking.k8s.io' },
        ],
      },
      ['192.0.2.1', 'lb.example.net'],
    ],
    [
      'two parents',
      { parentRefs: [{ name: 'public' }, { name: 'other', namespace: 'infra' }] },
      ['GatewayAmbiguous'],
    ],
    ['no parent', {}, ['GatewayMissing']],
    ['a parent that does not exist', parents('gone'), ['GatewayNotFound']],
  ])('a route with %s', (_title, spec, expected) => {
    const status = {
      addresses: [
        { value: '192.0.2.1' },
        { type: 'Hostname', value: 'lb.example.net' },
        { type: 'acme.io/x', value: 'x' },
        null,
      ],
    };
    put(gateways as Resource<Gateway>, 'public', { status });
    put(
      gateways as Resource<Gateway>,
      'other',
      { status: { addresses: [{ type: 'IPAddress', value: '192.0.2.2' }] } },
      'infra',
    );
    put(kindOf('HTTPRoute') as Resource<GatewayRoute>, 'app', { spec: { hostnames: ['a.b'], ...spec } });
    expect(shown(of({ kind: 'HTTPRoute', name: 'app' }))).toEqual(expected);
  });

  it.each<[string, string[], string[]]>([
    ['namespace and name', ['infra/one'], ['192.0.2.1']],
    ['a name alone, which is of its own namespace', ['own'], ['192.0.2.2']],
    ['the mesh beside it', ['mesh', 'infra/one'], ['192.0.2.1']],
    ['the mesh alone', ['mesh'], ['GatewayMissing']],
    ['two', ['infra/one', 'own'], ['GatewayAmbiguous']],
    ['a name that has no meaning', ['a/b/c'], ['GatewayInvalid']],
    ['a namespace without a name', ['infra/'], ['GatewayInvalid']],
    ['one that does not exist', ['infra/gone'], ['GatewayNotFound']],
    ['one that selects nothing', ['infra/empty'], ['GatewayInvalid']],
    ['one whose pods no Service stands before', ['infra/lone'], ['GatewayServiceNotFound']],
    ['one with two Services', ['infra/two'], ['GatewayServiceAmbiguous']],
    ['one with two Services, of which one is a load balancer', ['infra/mixed'], ['192.0.2.3']],
  ])('a VirtualService whose gateway is named by %s', (_title, named, expected) => {
    const [istioGateway] = istioGateways as readonly Resource[];
    const gateway = (name: string, selector: object | undefined, namespace = 'infra') =>
      put(istioGateway as Resource, name, { spec: { selector } }, namespace);
    const service = (name: string, label: string, parts: object) =>
      put(services as Resource<Service>, name, parts, 'infra', { istio: label });
    gateway('one', { istio: 'one' });
    gateway('own', { istio: 'own' }, 'web');
    gateway('empty', undefined);
    gateway('lone', { istio: 'lone' });
    gateway('two', { istio: 'two' });
    gateway('mixed', { istio: 'mixed' });
    service('one', 'one', loadBalancer({ ip: '192.0.2.1' }));
    service('own', 'own', loadBalancer({ ip: '192.0.2.2' }));
    for (const name of ['two-a', 'two-b']) service(name, 'two', { spec: { type: 'LoadBalancer' } });
    service('mixed-a', 'mixed', { spec: { type: 'ClusterIP' } });
    service('mixed-b', 'mixed', { spec: { type: 'LoadBalancer' }, ...loadBalancer({ ip: '192.0.2.3' }) });
    put(kindOf('VirtualService') as Resource<VirtualService>, 'app', {
      spec: { hosts: ['a.b'], gateways: named },
    });
    expect(shown(of({ kind: 'VirtualService', name: 'app' }))).toEqual(expected);
  });

  it('an Ingress of a wrong shape is refused, never thrown over', () => {
    const rules = [{ host: 'a.b' }, { host: 'b.b', http: null }, {}];
    put(ingresses as Resource<Ingress>, 'app', { spec: { rules } });
    expect(of({ kind: 'Ingress', name: 'app' }).refusal?.reason).toBe('RuleWithoutHttp');
    put(ingresses as Resource<Ingress>, 'app', { spec: { rules: [{ host: 'c.b', http: { paths: [{}] } }] } });
    expect(rulesOf(of({ kind: 'Ingress', name: 'app' }))).toEqual(['c.b=']);
  });
});
