import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { annotations, labels } from '#agent/model/names.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import {
  applyOffloadManifests,
  asAccount,
  guardsInForce,
  makeTenant,
  mergePatch,
  type Send,
  type TestTenant,
  withToken,
} from '#test/support/tenant-world.ts';

/*
 * A tenant's real tokens, past our agent: raw requests to an API server with what manifests/offload puts there. No
 * agent runs. Beside each attack stands the honest request that differs from it in the attack only, and succeeds.
 */

let server: TestApiServer;
let eve: TestTenant;
let victim: TestTenant;
let tenant: Send;
let admin: (...args: readonly string[]) => Promise<string>;

beforeAll(async () => {
  server = await startApiServer();
  admin = server.kubectl;
  await applyOffloadManifests(server);
  eve = await makeTenant(server, 'eve', { resources: { cpu: '4' } });
  victim = await makeTenant(server, 'victim');
  tenant = await asAccount(server, eve.tenantNamespace, 'tenant');
  await guardsInForce(tenant, eve);
});
afterAll(() => server?.[Symbol.asyncDispose]());

let counter = 0;
beforeEach(() => {
  counter++;
});
const named = (more: object = {}, origin = 'eve') => ({
  name: `object-${counter}`,
  labels: { 'offloading.liqo.io/origin': origin },
  ...more,
});
const groups = {
  ConfigMap: 'api/v1 configmaps',
  Secret: 'api/v1 secrets',
  Service: 'api/v1 services',
  Pod: 'api/v1 pods',
  Ingress: 'apis/networking.k8s.io/v1 ingresses',
  EndpointSlice: 'apis/discovery.k8s.io/v1 endpointslices',
  ShadowPod: 'apis/offloading.liqo.io/v1beta1 shadowpods',
  ShadowEndpointSlice: 'apis/offloading.liqo.io/v1beta1 shadowendpointslices',
  NamespaceMap: 'apis/offloading.liqo.io/v1beta1 namespacemaps',
  Tenant: 'apis/authentication.liqo.io/v1beta1 tenants',
  PeeringClaim: 'apis/interspan.dev/v1alpha1 peeringclaims',
} as const;
type Kind = keyof typeof groups;
const path = (kind: Kind, namespace = 'shop-eve', rest = ''): string => {
  const [group, plural] = groups[kind].split(' ');
  return `/${group}/namespaces/${namespace}/${plural}${rest}`;
};
const create = (kind: Kind, object: object, send: Send = tenant, namespace = 'shop-eve') =>
  send('POST', path(kind, namespace), {
    apiVersion: groups[kind].split(' ')[0]?.replace(/^apis?\//, ''),
    kind,
    metadata: named(),
    ...object,
  });
const patch = (kind: Kind, name: string, body: object, namespace = 'shop-eve', send: Send = tenant) =>
  send('PATCH', path(kind, namespace, `/${name}`), body, mergePatch);

/** Both at once: the honest one passes, the attack is refused in these words. */
async function refused(
  attack: () => Promise<{ status: number; text: string }>,
  words: RegExp,
  honest: () => Promise<{ status: number; text: string }>,
): Promise<void> {
  const answer = await attack();
  expect(`${answer.status} ${answer.text}`).toMatch(/^(403|422) /);
  expect(answer.text).toMatch(words);
  const twin = await honest();
  expect(`${twin.status} ${twin.text}`).toMatch(/^20[01] /);
}
const byRBAC = /is forbidden: User .*system:serviceaccount:liqo-tenant-eve:(tenant|invitation)/;

const pod = (more: object = {}, container: object = {}) => ({
  spec: {
    consumerPodUID: 'b8f3c9f0-0000-4000-8000-000000000001',
    pod: { containers: [{ name: 'app', image: 'podinfo', ...container }], ...more },
  },
});

describe('a ShadowPod at the door', () => {
  test.each([
    ['the network of the host', { hostNetwork: true }, {}, /namespaces of the host/],
    ['the processes of the host', { hostPID: true }, {}, /namespaces of the host/],
    ['the IPC of the host', { hostIPC: true }, {}, /namespaces of the host/],
    ['a text where a boolean belongs', { hostNetwork: 'true' }, {}, /namespaces of the host/],
    ['files of the host', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, {}, /volumes may be/],
    ['a file server', { volumes: [{ name: 'x', nfs: { server: 's', path: '/' } }] }, {}, /volumes may be/],
    [
      'files of the host beside an emptyDir',
      { volumes: [{ name: 'x', emptyDir: {}, hostPath: { path: '/' } }] },
      {},
      /volumes may be/,
    ],
    ['a node', { nodeName: 'n1' }, {}, /remove nodeName/],
    ['a scheduler', { schedulerName: 'mine' }, {}, /schedulerName/],
    ['an ephemeral container', { ephemeralContainers: [{ name: 'e' }] }, {}, /ephemeralContainers/],
    ['a privileged container', {}, { securityContext: { privileged: true } }, /privileged containers/],
    [
      'a privileged init container',
      { initContainers: [{ name: 'i', image: 'i', securityContext: { privileged: true } }] },
      {},
      /privileged containers/,
    ],
    ['a day to end', { terminationGracePeriodSeconds: 86_400 }, {}, /an hour to end at most/],
    ['a port of the host', {}, { ports: [{ containerPort: 80, hostPort: 80 }] }, /hostPort/],
  ])('is refused with %s', async (_, spec, container, words) => {
    await refused(
      () => create('ShadowPod', pod(spec, container)),
      words,
      () => create('ShadowPod', pod({ hostNetwork: false, volumes: [{ name: 'x', emptyDir: {} }] })),
    );
  });

  test('must hold a pod', async () => {
    await refused(
      () => create('ShadowPod', { spec: { consumerPodUID: 'u' } }),
      /needs spec.pod/,
      () => create('ShadowPod', pod()),
    );
  });

  test('takes with it what was made of it', async () => {
    expect((await create('ShadowPod', pod())).status).toBe(201);
    const remove = (options: object) =>
      tenant('DELETE', path('ShadowPod', 'shop-eve', `/object-${counter}`), {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...options,
      });
    const honest = () => create('ConfigMap', { metadata: named({ name: `beside-${++counter}` }) });
    await refused(() => remove({ propagationPolicy: 'Orphan' }), /goes with it/, honest);
    counter--;
    await refused(
      () => remove({ orphanDependents: true }),
      /goes with it/,
      () => remove({ propagationPolicy: 'Foreground' }),
    );
  });

  test('keeps the spec that was judged', async () => {
    expect((await create('ShadowPod', pod())).status).toBe(201);
    const name = `object-${counter}`;
    await refused(
      () => patch('ShadowPod', name, { spec: { pod: { hostname: 'other' } } }),
      /immutable/,
      () => patch('ShadowPod', name, { metadata: { labels: { tier: 'web' } } }),
    );
  });

  test('may be privileged where the namespace is of that level', async () => {
    const privileged = () => create('ShadowPod', pod({}, { securityContext: { privileged: true } }));
    await admin(
      'label',
      'namespace',
      'shop-eve',
      '--overwrite',
      'pod-security.kubernetes.io/enforce=privileged',
    );
    await expect.poll(async () => (await privileged()).status, { timeout: 10_000 }).toBe(201);
    await admin(
      'label',
      'namespace',
      'shop-eve',
      '--overwrite',
      'pod-security.kubernetes.io/enforce=baseline',
    );
    await expect
      .poll(
        () => {
          counter++;
          return privileged().then(({ status }) => status);
        },
        { timeout: 10_000 },
      )
      .toBe(422);
  });
});

describe('a status', () => {
  test.each<[Kind, string, object]>([
    ['PeeringClaim', 'liqo-tenant-eve', { spec: { heartbeat: '2026-01-01T00:00:00Z' } }],
    ['NamespaceMap', 'liqo-tenant-eve', { spec: { desiredMapping: { a: 'a-eve' } } }],
  ])('of a %s is not written by a tenant, its spec is', async (kind, namespace, honest) => {
    await refused(
      () => patch(kind, 'peering/status', { status: { phase: 'Accepted', currentMapping: {} } }, namespace),
      byRBAC,
      () => patch(kind, 'peering', honest, namespace),
    );
  });

  test('of a ShadowPod is not written by a tenant', async () => {
    expect((await create('ShadowPod', pod())).status).toBe(201);
    await refused(
      () => patch('ShadowPod', `object-${counter}/status`, { status: { phase: 'Running' } }),
      byRBAC,
      () => patch('ShadowPod', `object-${counter}`, { metadata: { annotations: { a: 'b' } } }),
    );
  });

  test('and any object that all accounts were given by mistake are refused by the guards alone', async () => {
    await admin(
      ...['create', 'clusterrole', 'mistake', '--verb=*'],
      '--resource=pods,namespaces,tenants.authentication.liqo.io,tenants.authentication.liqo.io/status,shadowpods.offloading.liqo.io/status',
    );
    await admin(
      'create',
      'clusterrolebinding',
      'mistake',
      '--clusterrole=mistake',
      '--group=system:serviceaccounts',
    );
    const guard = /offload guard: a tenant of this cluster may not write/;
    try {
      await expect
        .poll(async () => (await tenant('GET', '/api/v1/namespaces')).status, { timeout: 10_000 })
        .toBe(200);
      const honest = () => create('ConfigMap', { metadata: named({ name: `beside-${++counter}` }) });
      await refused(
        () => patch('Tenant', 'peering/status', { status: { usedResources: {} } }, 'liqo-tenant-eve'),
        guard,
        honest,
      );
      await refused(
        () => patch('Tenant', 'peering', { spec: { resources: { cpu: '777' } } }, 'liqo-tenant-eve'),
        guard,
        honest,
      );
      await refused(
        () => tenant('POST', '/api/v1/namespaces', { metadata: { name: 'squatted' } }),
        guard,
        honest,
      );
      await refused(() => create('Pod', { spec: pod().spec.pod }), guard, honest);
    } finally {
      await admin('delete', 'clusterrolebinding,clusterrole', 'mistake');
    }
  });
});

describe('the peering', () => {
  test('gives nobody more quota than was granted', async () => {
    await refused(
      () => patch('Tenant', 'peering', { spec: { resources: { cpu: '777' } } }, 'liqo-tenant-eve'),
      byRBAC,
      () => create('ConfigMap', {}),
    );
    expect(
      await admin('get', 'tenants', '-n', 'liqo-tenant-eve', '-o', 'jsonpath={..spec.resources.cpu}'),
    ).toBe('4');
  });

  test('lets a tenant change the spec of its NamespaceMap and nothing else', async () => {
    const change = (body: object) => patch('NamespaceMap', 'peering', body, 'liqo-tenant-eve');
    const honest = () => change({ spec: { desiredMapping: { podinfo: 'podinfo-eve' } } });
    await refused(() => change({ metadata: { labels: { a: 'b' } } }), /the spec only/, honest);
    await refused(() => change({ metadata: { finalizers: ['eve.example/stay'] } }), /the spec only/, honest);
    await refused(
      () => tenant('DELETE', path('NamespaceMap', 'liqo-tenant-eve', '/peering')),
      byRBAC,
      honest,
    );
    await refused(
      () => create('NamespaceMap', { metadata: { name: 'second' }, spec: {} }, tenant, 'liqo-tenant-eve'),
      /offload guard/,
      honest,
    );
  });

  test('makes no namespaces for tenants', async () => {
    await refused(
      () => tenant('POST', '/api/v1/namespaces', { metadata: { name: 'squatted' } }),
      byRBAC,
      () => create('ConfigMap', {}),
    );
  });

  const consumer = (clusterID: string) => ({
    spec: {
      consumer: { clusterID, clusterUID: 'uid', publicKey: `key-${clusterID}`, gatewayFingerprint: 'f' },
    },
  });

  test('lets a tenant say that it lives and leaves, never who it is', async () => {
    const claim = (body: object) => patch('PeeringClaim', 'peering', body, 'liqo-tenant-eve');
    await refused(
      () => claim(consumer('other')),
      /may change spec.heartbeat, spec.leaving and nothing else/,
      () => claim({ spec: { heartbeat: '2026-01-02T00:00:00Z' } }),
    );
  });

  test('is redeemed once: the invitation is of no use after acceptance', async () => {
    const guest = await makeTenant(server, 'guest');
    const invitation = await asAccount(server, guest.tenantNamespace, 'invitation');
    const claim = (body: object) => patch('PeeringClaim', 'peering', body, guest.tenantNamespace, invitation);
    await refused(
      () => claim({ spec: { ...consumer('guest').spec, leaving: true } }),
      /may change spec.consumer and nothing else/,
      () => claim(consumer('guest')),
    );
    await refused(
      () => claim(consumer('thief')),
      /redeemed before|keeps its first consumer/,
      () => claim({ spec: { consumer: { version: '1.0' } } }),
    );
    await admin(
      ...[
        'patch',
        'peeringclaim',
        'peering',
        '-n',
        guest.tenantNamespace,
        '--subresource=status',
        '--type=merge',
      ],
      ...['-p', '{"status":{"phase":"Accepted"}}'],
    );
    await refused(
      () => claim({ spec: { consumer: { version: '6.6' } } }),
      /redeemed before by cluster guest with key key-guest/,
      // The same again, from a consumer that was interrupted.
      () => claim(consumer('guest')),
    );
    // With a binding too many, it is still of no use beyond the claim.
    await admin(
      ...['create', 'rolebinding', 'stray', '-n', guest.tenantNamespace],
      ...['--clusterrole=offload-tenant-in-tenant', `--serviceaccount=${guest.tenantNamespace}:invitation`],
    );
    const map = (send: Send) =>
      patch('NamespaceMap', 'peering', { spec: { desiredMapping: { a: 'b' } } }, guest.tenantNamespace, send);
    const tenantOfGuest = await asAccount(server, guest.tenantNamespace, 'tenant');
    await vi.waitFor(
      async () => expect((await map(invitation)).text).toMatch(/redeem its claim and nothing else/),
      { timeout: 10_000 },
    );
    expect((await map(tenantOfGuest)).status).toBe(200);
    await admin('delete', 'rolebinding', 'stray', '-n', guest.tenantNamespace);
    await vi.waitFor(async () => expect((await map(invitation)).text).toMatch(/cannot patch resource/), {
      timeout: 10_000,
    });
    const thief = await invitation('GET', path('NamespaceMap', guest.tenantNamespace, '/peering'));
    expect(thief.status).toBe(403);
  });
});

describe('tokens', () => {
  const ask = (spec: object, account = 'tenant', namespace = 'liqo-tenant-eve', send: Send = tenant) =>
    send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec,
    });
  const honest = () => ask({ expirationSeconds: 86_400 });

  test('live for a day at most', async () => {
    await refused(() => ask({ expirationSeconds: 86_401 }), /a day at most/, honest);
    expect((await ask({})).status).toBe(201);
  });

  test('are for the API server and nobody else', async () => {
    const foreign = () => ask({ audiences: ['vault'] });
    await refused(foreign, /offload guard: .*audience/, honest);
    await admin('annotate', 'namespace', 'liqo-tenant-eve', `${annotations.tokenAudiences}=other, vault`);
    await expect.poll(async () => (await foreign()).status, { timeout: 10_000 }).toBe(201);
    await admin('annotate', 'namespace', 'liqo-tenant-eve', `${annotations.tokenAudiences}-`);
  });

  test('are of the own account only', async () => {
    await refused(() => ask({}, 'invitation'), byRBAC, honest);
    await refused(() => ask({}, 'tenant', 'liqo-tenant-victim'), byRBAC, honest);
    await admin('create', 'clusterrole', 'mistake', '--verb=create', '--resource=serviceaccounts/token');
    await admin(
      'create',
      'clusterrolebinding',
      'mistake',
      '--clusterrole=mistake',
      '--group=system:serviceaccounts',
    );
    try {
      await expect
        .poll(async () => (await ask({}, 'default', 'shop-eve')).text, { timeout: 10_000 })
        .toMatch(/offload guard: a tenant gets tokens of its own account only/);
      await refused(() => ask({}, 'tenant', 'liqo-tenant-victim'), /its own account only/, honest);
    } finally {
      await admin('delete', 'clusterrolebinding,clusterrole', 'mistake');
    }
  });

  test('that a tenant got work like the first one', async () => {
    const { text } = await honest();
    const { status } = JSON.parse(text) as { status: { token: string } };
    expect((await create('ConfigMap', {}, withToken(server, status.token))).status).toBe(201);
  });
});

describe('in a twin namespace', () => {
  test('no Secret becomes a credential of the cluster', async () => {
    const forAccount = { 'kubernetes.io/service-account.name': 'default' };
    const honest = () => create('Secret', { metadata: named({ annotations: forAccount }), type: 'Opaque' });
    await refused(
      () =>
        create('Secret', {
          metadata: named({ annotations: forAccount }),
          type: 'kubernetes.io/service-account-token',
        }),
      /credential of this cluster/,
      honest,
    );
    counter++;
    await refused(
      () => create('Secret', { type: 'bootstrap.kubernetes.io/token' }),
      /credential of this cluster/,
      honest,
    );
  });

  test('Secrets are written and not read back', async () => {
    expect((await create('Secret', { stringData: { a: 'b' } })).status).toBe(201);
    const honest = () => patch('Secret', `object-${counter}`, { stringData: { a: 'c' } });
    await refused(() => tenant('GET', path('Secret', 'shop-eve', `/object-${counter}`)), byRBAC, honest);
    await refused(() => tenant('GET', path('Secret')), byRBAC, honest);
    await refused(() => tenant('GET', path('Secret', 'shop-eve', '?watch=true')), byRBAC, honest);
  });

  test.each<[Kind, object]>([
    ['Pod', { spec: pod().spec.pod }],
    ['EndpointSlice', { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] }],
  ])('a tenant makes no %s', async (kind, object) => {
    await refused(
      () => create(kind, object),
      byRBAC,
      () => create('ShadowEndpointSlice', { spec: {} }),
    );
  });

  test('a tenant enters the pods that it sent, and no others', async () => {
    const spec = { containers: [{ name: 'app', image: 'x' }] };
    const label = { 'liqo.io/managed-by': 'shadowpod' };
    for (const [name, labelled] of [
      ['admins', {}],
      ['tenants', { labels: label }],
    ] as const) {
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...labelled }, spec };
      await server.kubectlWith(JSON.stringify(object), 'apply', '-n', 'shop-eve', '-f', '-');
    }
    for (const how of ['exec?command=id', 'attach?container=app', 'portforward']) {
      const into = (name: string) => tenant('POST', path('Pod', 'shop-eve', `/${name}/${how}`));
      await expect.poll(async () => (await into('admins')).text).toMatch(/was not sent here by this tenant/);
      // No kubelet runs it here: the guards let it pass.
      expect((await into('tenants')).text).toMatch(/does not have a host assigned/);
    }
  });

  const service = (spec: object) => create('Service', { spec: { ports: [{ port: 80 }], ...spec } });
  test.each<[string, object, RegExp]>([
    ['addresses of others', { externalIPs: ['192.0.2.1'] }, /externalIPs are refused/],
    ['a port of every node', { type: 'NodePort' }, /type NodePort is refused/],
    ['a load balancer', { type: 'LoadBalancer' }, /type LoadBalancer is refused/],
    [
      'another name',
      { type: 'ExternalName', externalName: 'kubernetes.default.svc' },
      /ExternalName is refused/,
    ],
  ])('a Service takes not %s', async (_, spec, words) => {
    await refused(
      () => service(spec),
      words,
      () => service({ type: 'ClusterIP' }),
    );
  });

  test('a Service publishes no name in zones of the provider', async () => {
    const annotated = (name: string) =>
      create('Service', {
        metadata: named({ annotations: { [name]: 'bank.example.com' } }),
        spec: { clusterIP: 'None', ports: [{ port: 80 }] },
      });
    await refused(
      () => annotated('external-dns.alpha.kubernetes.io/hostname'),
      /annotations of external-dns/,
      () => annotated('team.example.com/contact'),
    );
  });

  test('a Service changes to no refused type later, and to one that its namespace allows', async () => {
    expect((await service({})).status).toBe(201);
    const name = `object-${counter}`;
    await refused(
      () => patch('Service', name, { spec: { externalIPs: ['192.0.2.1'] } }),
      /externalIPs/,
      () => patch('Service', name, { spec: { sessionAffinity: 'ClientIP' } }),
    );
    const key = labels.allowServiceTypes;
    await admin('label', 'namespace', 'shop-eve', `${key}=NodePort.LoadBalancer`);
    const change = () => patch('Service', name, { spec: { type: 'NodePort' } });
    await expect.poll(async () => (await change()).status, { timeout: 10_000 }).toBe(200);
    await admin('label', 'namespace', 'shop-eve', `${key}-`);
  });

  test('an object carries the label of its own consumer', async () => {
    const honest = () => create('ConfigMap', {});
    await refused(() => create('ConfigMap', { metadata: named({}, 'victim') }), /origin must be eve/, honest);
    counter++;
    await refused(
      () => create('ConfigMap', { metadata: { name: `object-${counter}` } }),
      /origin must be eve/,
      honest,
    );
    counter++;
    await refused(
      () => create('ConfigMap', { metadata: named({ finalizers: ['eve.example/stay'] }) }),
      /may not add finalizers/,
      honest,
    );
  });

  test.each<[Kind, string, string]>([
    ['ConfigMap', 'configmap', ''],
    ['Secret', 'secret', 'generic'],
  ])('an administrator’s %s is neither changed nor deleted', async (kind, word, type) => {
    const name = `admins-${word}`;
    await admin('create', word, ...(type ? [type] : []), name, '-n', 'shop-eve', '--from-literal=a=b');
    expect((await create(kind, {})).status).toBe(201);
    const own = `object-${counter}`;
    const words = /was not made by consumer eve/;
    await refused(
      () => patch(kind, name, { metadata: { labels: { 'offloading.liqo.io/origin': 'eve' } } }),
      words,
      () => patch(kind, own, { metadata: { annotations: { a: 'b' } } }),
    );
    await refused(
      () => tenant('DELETE', path(kind, 'shop-eve', `/${name}`)),
      words,
      () => tenant('DELETE', path(kind, 'shop-eve', `/${own}`)),
    );
    expect(await admin('get', word, name, '-n', 'shop-eve', '-o', 'name')).toBe(`${word}/${name}\n`);
  });

  test('all is refused in another tenant’s twin namespace', async () => {
    const there = await asAccount(server, victim.tenantNamespace, 'tenant');
    const attack = () => create('ConfigMap', { metadata: named({}, 'victim') }, tenant, victim.twin);
    const honest = () => create('ConfigMap', { metadata: named({}, 'victim') }, there, victim.twin);
    await refused(attack, byRBAC, honest);
    // With a binding left behind by somebody the label still says whose it is.
    await admin(
      ...['create', 'rolebinding', 'stray', '-n', victim.twin, '--clusterrole=offload-tenant-in-twin'],
      '--serviceaccount=liqo-tenant-eve:tenant',
    );
    counter++;
    await expect
      .poll(async () => (await attack()).text, { timeout: 10_000 })
      .toMatch(/not a twin namespace of this tenant/);
    expect((await honest()).status).toBe(201);
  });
});

describe('an Ingress', () => {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const rule = (host?: string) => ({
    ...(host && { host }),
    http: { paths: [{ path: '/', pathType: 'Prefix', backend }] },
  });
  const ingress = (spec: object, annotated: Record<string, string> = {}) => {
    counter++;
    return create('Ingress', { metadata: named({ annotations: annotated }), spec });
  };
  const honest = () =>
    ingress(
      { rules: [rule('shop.eve.example.com')], tls: [{ hosts: ['shop.eve.example.com'] }] },
      {
        'k8gb.io/strategy': 'roundRobin',
        'nginx.ingress.kubernetes.io/rewrite-target': '/$1',
        'liqo.io/anything': 'x',
      },
    );
  beforeAll(async () => {
    const key = annotations.ingressHosts;
    const unlimited = await ingress({ defaultBackend: backend });
    expect(unlimited.status).toBe(201);
    await admin('annotate', 'namespace', 'shop-eve', `${key}=*.eve.example.com, eve.example.com`);
    await vi.waitFor(
      async () => expect((await ingress({ rules: [rule('bank.example.com')] })).status).toBe(422),
      {
        timeout: 10_000,
        interval: 50,
      },
    );
  });

  test.each<[string, object, RegExp]>([
    ['of somebody else', { rules: [rule('bank.example.com')] }, /host bank.example.com is not one/],
    ['that only looks alike', { rules: [rule('shop.eve-example.com')] }, /is not one/],
    ['beside its own', { rules: [rule('eve.example.com'), rule('bank.example.com')] }, /host bank/],
    ['with a wildcard', { rules: [rule('*.eve.example.com')] }, /is not one/],
    ['that is none', { rules: [rule()] }, /\(none: all hosts\) is not one/],
    ['by default', { defaultBackend: backend }, /default backend answers/],
    [
      'in its certificates',
      { rules: [rule('eve.example.com')], tls: [{ hosts: ['eve.example.com', 'bank.example.com'] }] },
      /bank.example.com is not one/,
    ],
  ])('serves no host %s', async (_, spec, words) => {
    await refused(() => ingress(spec), words, honest);
  });

  test.each([
    ['nginx.ingress.kubernetes.io/configuration-snippet', 'return 200;'],
    ['nginx.ingress.kubernetes.io/server-snippet', 'return 200;'],
    ['nginx.ingress.kubernetes.io/server-alias', 'bank.example.com'],
    ['nginx.ingress.kubernetes.io/auth-url', 'http://10.0.0.1'],
    ['nginx.ingress.kubernetes.io/rewrite-target', '/; return 200 #'],
    ['k8gb.io/exposed-ip-addresses', '192.0.2.1'],
    ['k8gb.io/exposed-hostnames', 'bank.example.com'],
    ['external-dns.alpha.kubernetes.io/hostname', 'bank.example.com'],
  ])('carries no %s: %s', async (name, value) => {
    await refused(
      () => ingress({ rules: [rule('eve.example.com')] }, { [name]: value }),
      /offload guard: (annotation .* is not one that a tenant may set|the value of an nginx annotation)/,
      honest,
    );
  });

  test('keeps the annotations that the provider’s own controllers gave it', async () => {
    expect((await honest()).status).toBe(201);
    const name = `object-${counter}`;
    await admin('annotate', 'ingress', name, '-n', 'shop-eve', 'controller.example/seen=yes');
    await refused(
      () => patch('Ingress', name, { metadata: { annotations: { 'controller.example/seen': 'no' } } }),
      /not one that a tenant may set/,
      () => patch('Ingress', name, { spec: { rules: [rule('eve.example.com')] } }),
    );
  });

  test('points to Services only', async () => {
    const resource = { apiGroup: 'k8s.example.com', kind: 'StorageBucket', name: 'x' };
    await refused(
      () =>
        ingress({
          rules: [
            {
              host: 'eve.example.com',
              http: { paths: [{ path: '/', pathType: 'Prefix', backend: { resource } }] },
            },
          ],
        }),
      /only Services may be backends/,
      honest,
    );
  });

  test('by default, too, where hosts are not limited', async () => {
    const there = await asAccount(server, victim.tenantNamespace, 'tenant');
    const byDefault = (defaultBackend: object) =>
      create('Ingress', { metadata: named({}, 'victim'), spec: { defaultBackend } }, there, victim.twin);
    await refused(
      () => byDefault({ resource: { apiGroup: 'k8s.example.com', kind: 'StorageBucket', name: 'x' } }),
      /only Services may be backends/,
      () => byDefault(backend),
    );
  });
});
