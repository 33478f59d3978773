import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createGatewayCertificate } from '#agent/peering/gateway-certificate.ts';
import { type ConfigMap, type Node, type Pod, pods, type Secret } from '#core/api/kubernetes.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { type ConsumerByHand, consumerByHand } from '#test/support/consumer-by-hand.ts';
import { streamTo } from '#test/support/gateway-stream.ts';
import { bindingsTo, effectiveRights, listedRights } from '#test/support/rights.ts';
import { type Answer, mergePatch, type Send, sendAs } from '#test/support/tenant-world.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { flightsImage, flightsPort } from '#tools/playground/scenario/flights-service.ts';
import { demoNamespace } from '#tools/playground/scenario/service-offloading.ts';
import { run } from '#tools/playground/world/command.ts';
import { apiPort } from '#tools/playground/world/plan.ts';

/*
 * What a consumer can do that has its token, its keys and no agent of ours. London is the consumer: its token is the
 * one that its agent got; that agent is stopped after what needs it. Victim is another tenant of New York. Beside each
 * attack stands the honest request that differs from it in the attack only, and succeeds.
 */

const system = 'offload-system';
const burst = 'burst-london';
const shop = 'shop-victim';
const quota = 50;
const absentMs = 30_000;
const eventually = { timeout: 60_000, interval: 200 };
const offloading = '/apis/offloading.liqo.io/v1beta1/namespaces';
const claims = '/apis/interspan.dev/v1alpha1/namespaces';
const tenants = '/apis/authentication.liqo.io/v1beta1/namespaces';
const discovery = '/apis/discovery.k8s.io/v1/namespaces';

let world: TestWorld;
let token: { readonly server: string; readonly ca: string; readonly token: string };
let tenant: Send;
let own: string;
let victim: ConsumerByHand;
let asVictim: Send;
let newyork: ApiServerSource;
const ending = new AbortController();

const decoded = ({ data = {} }: Secret, name: string): string =>
  Buffer.from(data[name] ?? '', 'base64').toString();
const secretOf = (cluster: string, name: string) =>
  world.kubectlJson<Secret>(cluster, 'get', 'secret', '-n', system, name);

beforeAll(async () => {
  world = await raiseWorld({ scenario: 'bare', layout: 'service-offloading', instance: 'e2e-attacks' });
  await world.install('service-offloading');
  const record = await secretOf('london', 'peering-newyork');
  token = {
    server: (JSON.parse(decoded(record, 'servers')) as string[])[0] ?? '',
    ca: decoded(record, 'ca.crt'),
    token: decoded(record, 'token'),
  };
  tenant = sendAs(token);
  own = decoded(record, 'tenantNamespace');
  newyork = await apiServerSource({
    kubeconfig: join(world.folder, 'newyork', 'admin.kubeconfig'),
    fieldManager: 'test',
    identity: 'test',
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    now: () => performance.now(),
    random: Math.random,
    signal: ending.signal,
  });
  victim = await consumerByHand(world, 'newyork', 'victim');
  expect((await victim.redeem()).status).toBe(200);
  asVictim = await victim.asTenant();
});
afterAll(async () => {
  ending.abort();
  await world?.[Symbol.asyncDispose]();
});

/** Refused by the API server, in these words; the honest twin is not. */
async function refused(
  attack: () => Promise<Answer>,
  words: RegExp,
  honest: () => Promise<Answer>,
): Promise<void> {
  const answer = await attack();
  expect(`${answer.status} ${answer.text}`).toMatch(/^(401|403|413|422) /);
  expect(answer.text).toMatch(words);
  const twin = await honest();
  expect(`${twin.status} ${twin.text}`).toMatch(/^(101|20[01]) /);
}
const forbidden = /is forbidden: User .*system:serviceaccount:liqo-tenant-[^:]+:tenant/;
const guard = /offload guard: /;

let counter = 0;
const object = (kind: string, more: object = {}, metadata: object = {}) => ({
  apiVersion:
    kind === 'Ingress'
      ? 'networking.k8s.io/v1'
      : kind.startsWith('Shadow')
        ? 'offloading.liqo.io/v1beta1'
        : kind === 'EndpointSlice'
          ? 'discovery.k8s.io/v1'
          : 'v1',
  kind,
  metadata: {
    name: `attack-${++counter}`,
    labels: { 'offloading.liqo.io/origin': 'london' },
    ...metadata,
  },
  ...more,
});
const core = (rest: string, namespace = demoNamespace) => `/api/v1/namespaces/${namespace}/${rest}`;
const configMap = (metadata: object = {}) =>
  tenant('POST', core('configmaps'), object('ConfigMap', {}, metadata));
const service = (spec: object) =>
  tenant('POST', core('services'), object('Service', { spec: { ports: [{ port: 80 }], ...spec } }));
const container = { name: 'main', image: flightsImage, imagePullPolicy: 'IfNotPresent' };
const shadow = (spec: object, more: object = {}, metadata: object = {}) =>
  object(
    'ShadowPod',
    {
      spec: {
        consumerPodUID: 'b8f3c9f0-0000-4000-8000-000000000001',
        pod: { containers: [{ ...container, ...more }], terminationGracePeriodSeconds: 0, ...spec },
      },
    },
    metadata,
  );
const sendShadow = (namespace: string, body: object, send: Send = tenant) =>
  send('POST', `${offloading}/${namespace}/shadowpods`, body);
const web = (origin: string) => ({
  pod: shadow({}, {}, { name: 'web', labels: { app: 'web', 'offloading.liqo.io/origin': origin } }),
  service: object(
    'Service',
    { spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: flightsPort }] } },
    { name: 'web', labels: { 'offloading.liqo.io/origin': origin } },
  ),
});
const podsIn = (namespace: string) => newyork.readList(pods, { namespace });

describe('the kubelet endpoint of the virtual node', () => {
  const asked = async (path: string, certificate?: string): Promise<string> => {
    const node = await world.kubectlJson<Node>('london', 'get', 'node', 'liqo-newyork');
    const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    const { kubeletEndpoint } =
      (node.status as { daemonEndpoints?: { kubeletEndpoint?: { Port: number } } }).daemonEndpoints ?? {};
    const pki = join(world.folder, 'london', 'pki', certificate ?? '');
    const answer = await run([
      ...(['nsenter', `--net=/run/netns/${world.node('london-1').namespace}`, 'curl'] as const),
      ...[
        '--silent',
        '--insecure',
        '--max-time',
        '5',
        '--write-out',
        '%{http_code}',
        '--output',
        '/dev/null',
      ],
      ...(certificate === undefined ? [] : ['--cert', `${pki}.crt`, '--key', `${pki}.key`]),
      `https://${address}:${kubeletEndpoint?.Port}${path}`,
    ]);
    return answer.stdout;
  };
  const exec = `/exec/${demoNamespace}/consumer/consumer?command=id&output=1`;

  test.each([
    ['of nobody', undefined, '401'],
    ['of an account without nodes/proxy', 'kube-proxy', '403'],
    ['of the API server', 'kubelet-client', '200'],
  ])('with a certificate %s', async (_, certificate, status) => {
    for (const path of ['/metrics/resource', '/healthz']) expect(await asked(path, certificate)).toBe(status);
    // A pod that no provider runs; nobody else gets so far.
    expect(await asked(exec.replace('exec', 'containerLogs'), certificate)).toBe(
      status === '200' ? '404' : status,
    );
  });
});

describe('rights', () => {
  /** With a token of that account, whoever it is. */
  const as = async (cluster: string, namespace: string, account: string): Promise<Send> => {
    const [node] = world.plan.clusters.find(({ name }) => name === cluster)?.nodes ?? [];
    return sendAs({
      server: `https://${node?.address}:${apiPort}`,
      ca: readFileSync(join(world.folder, cluster, 'pki', 'ca.crt'), 'utf8'),
      token: (await world.kubectl(cluster, 'create', 'token', account, '-n', namespace)).trim(),
    });
  };
  const listed = (file: string, section: string): readonly string[] => {
    const rights = listedRights(file).get(section);
    if (rights === undefined) throw new Error(`${file}.md has no section ${section}`);
    return rights;
  };
  const everywhere = () => listed('agent', 'Everywhere');
  const agentsOwn = (): Record<string, readonly string[]> => ({
    default: [],
    [system]: listed('agent', 'In offload-system'),
    'kube-node-lease': listed('agent', 'In kube-node-lease'),
    'kube-system': listed('agent', 'In kube-system'),
  });
  let guest: ConsumerByHand;
  beforeAll(async () => {
    guest = await consumerByHand(world, 'newyork', 'guest');
  });

  type Case = readonly [
    who: string,
    cluster: string,
    /** Namespace and name. */
    account: () => readonly [string, string],
    /** Rights by namespace, beside those in every namespace; and in no other. */
    wanted: () => Record<string, readonly string[]>,
    all: () => readonly string[],
  ];
  test.each<Case>([
    [
      'the agent of the consumer',
      'london',
      () => [system, 'offload-agent'],
      () => ({
        ...agentsOwn(),
        [demoNamespace]: listed('consumer', 'In offloaded namespaces'),
        'liqo-tenant-newyork': listed('consumer', 'In tenant namespaces'),
      }),
      everywhere,
    ],
    [
      'the agent of the provider',
      'newyork',
      () => [system, 'offload-agent'],
      () => ({
        ...agentsOwn(),
        [demoNamespace]: listed('provider', 'In twin namespaces'),
        ...Object.fromEntries(
          [own, victim.tenantNamespace, guest.tenantNamespace].map((namespace) => [
            namespace,
            listed('provider', 'In tenant namespaces'),
          ]),
        ),
      }),
      everywhere,
    ],
    ...['london', 'newyork'].map(
      (cluster): Case => [
        `the gateway of ${cluster}`,
        cluster,
        () => [system, 'offload-gateway'],
        () => ({ [system]: listed('gateway', 'In offload-system'), default: [], [demoNamespace]: [] }),
        () => [],
      ],
    ),
    [
      'a tenant',
      'newyork',
      () => [own, 'tenant'],
      () => ({
        [own]: listed('tenant', 'In its tenant namespace'),
        [demoNamespace]: listed('tenant', 'In its twin namespaces'),
        [victim.tenantNamespace]: [],
        [system]: [],
        'kube-system': [],
        default: [],
      }),
      () => [],
    ],
    [
      'an invitation',
      'newyork',
      () => [guest.tenantNamespace, 'invitation'],
      () => ({
        [guest.tenantNamespace]: listed('invitation', 'In its tenant namespace'),
        [own]: [],
        [demoNamespace]: [],
        default: [],
      }),
      () => [],
    ],
    // Of a peering: nothing at all, wherever its pods run.
    [
      'pods of a tenant',
      'newyork',
      () => [demoNamespace, 'default'],
      () => ({ [demoNamespace]: [], default: [], 'kube-system': [] }),
      () => [],
    ],
  ])('%s has those that are listed, and no others', async (_, cluster, account, wanted, all) => {
    const [namespace, name] = account();
    const [send, anybody] = await Promise.all([
      as(cluster, namespace, name),
      as(cluster, 'default', 'default'),
    ]);
    const expected = wanted();
    for (const [where, rights] of Object.entries(expected)) {
      const [effective, everybodys] = await Promise.all([
        effectiveRights(send, where),
        effectiveRights(anybody, where),
      ]);
      expect(
        effective.filter((right) => !everybodys.includes(right)),
        where,
      ).toEqual([...new Set([...rights, ...all()])].sort());
    }
    const bindings = async (kind: string) =>
      bindingsTo(
        (await world.kubectlJson<{ items: Parameters<typeof bindingsTo>[0] }>(cluster, 'get', kind, '-A'))
          .items,
        { namespace, name },
      );
    expect((await bindings('clusterrolebindings')).map(({ roleRef }) => roleRef.name)).toEqual(
      all().length === 0 ? [] : ['offload-agent'],
    );
    const bound = (await bindings('rolebindings')).map(({ metadata }) => metadata.namespace ?? '');
    expect([...new Set(bound)].sort()).toEqual(
      Object.keys(expected)
        .filter((where) => (expected[where] ?? []).length > 0)
        .sort(),
    );
  });
});

describe('past the agent', () => {
  let began: number;
  /** ShadowPods that pass the guards and that the provider's agent refuses; by name, what its status must say. */
  const refusedPods = new Map<string, RegExp>();

  test('a tenant asks for what it may have, and for what the provider’s agent is to refuse', async () => {
    await world.kubectl('london', 'scale', '-n', system, 'deployment/offload-agent', '--replicas=0');
    await world.kubectl(
      ...(['newyork', 'patch', 'tenant', '-n', own, 'peering', '--type=merge', '-p'] as const),
      JSON.stringify({
        spec: { resources: { pods: String(quota), cpu: '1000' }, ingressHosts: ['*.london.example.com'] },
      }),
    );
    await world.kubectl(
      'newyork',
      'create',
      'configmap',
      'admins',
      '-n',
      demoNamespace,
      '--from-literal=a=b',
    );
    await world.kubectl(
      ...(['london', 'wait', '--for=delete', 'pod', '-n', system, '--timeout=30s'] as const),
      ...['-l', 'app.kubernetes.io/name=offload-agent'],
    );
    const map = (send: Send, namespace: string, desiredMapping: object) =>
      send(
        'PATCH',
        `${offloading}/${namespace}/namespacemaps/peering`,
        { spec: { desiredMapping } },
        mergePatch,
      );
    expect((await map(asVictim, victim.tenantNamespace, { shop })).status).toBe(200);
    // The honest and the greedy stand in one map.
    const answer = await map(tenant, own, {
      burst,
      system: 'kube-system',
      default: 'default',
      agent: system,
      theirs: shop,
      free: 'free-for-all',
    });
    expect(answer.status).toBe(200);
    for (const [send, namespace, origin] of [
      [asVictim, shop, 'victim'],
      [tenant, demoNamespace, 'london'],
      [tenant, burst, 'london'],
    ] as const) {
      const may = () => send('GET', core('configmaps', namespace));
      await expect.poll(async () => (await may()).status, eventually).toBe(200);
      if (namespace === burst) continue;
      expect((await sendShadow(namespace, web(origin).pod, send)).status).toBe(201);
      expect((await send('POST', core('services', namespace), web(origin).service)).status).toBe(201);
    }
    const source = { sources: [{ serviceAccountToken: { path: 'token' } }] };
    for (const [words, spec, more] of [
      [/serviceAccountToken/, { volumes: [{ name: 'x', projected: source }] }, {}],
      [/nodeSelector/, { nodeSelector: { 'kubernetes.io/os': 'linux' } }, {}],
      [/tolerations/, { tolerations: [{ operator: 'Exists' }] }, {}],
      [/priorityClassName/, { priorityClassName: 'system-node-critical' }, {}],
      [/runtimeClassName/, { runtimeClassName: 'liqo' }, {}],
      [/serviceAccountName/, { serviceAccountName: 'admin' }, {}],
      [/readinessGates/, { readinessGates: [{ conditionType: 'x' }] }, {}],
      [/sysctls/, { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, {}],
      [/SYS_ADMIN/, {}, { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
      [
        /mountPropagation/,
        { volumes: [{ name: 'x', emptyDir: {} }] },
        {
          volumeMounts: [{ name: 'x', mountPath: '/x', mountPropagation: 'Bidirectional' }],
        },
      ],
      [/httpGet.host/, {}, { livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } }],
      [/unknownField/, { unknownField: 'x' }, {}],
      // Its grant names none of these.
      [/devices.example.com/, {}, { resources: { limits: { 'devices.example.com/gpu': '1' } } }],
      // Once the burst below has filled the quota, that is what keeps it out first.
      [/cpu|50 of 50 granted/, {}, { resources: { requests: { cpu: '-5' } } }],
    ] as const) {
      const body = shadow(spec, more);
      refusedPods.set(body.metadata.name, words);
      const sent = await sendShadow(demoNamespace, body);
      expect(`${sent.status} ${sent.text}`).toMatch(/^201 /);
    }
    // As large as an object may be: it is judged like any other, and holds up nobody.
    const large = shadow({}, { env: [{ name: 'LARGE', value: 'x'.repeat(1_000_000) }] }, { name: 'large' });
    expect((await sendShadow(demoNamespace, large)).status).toBe(201);
    began = performance.now();
  });

  test.each<[string, () => Promise<Answer>, RegExp]>([
    [
      'more quota than was granted',
      () =>
        tenant(
          'PATCH',
          `${tenants}/${own}/tenants/peering`,
          { spec: { resources: { cpu: '777' } } },
          mergePatch,
        ),
      forbidden,
    ],
    [
      'the use of its quota',
      () =>
        tenant(
          'PATCH',
          `${tenants}/${own}/tenants/peering/status`,
          { status: { usedResources: {} } },
          mergePatch,
        ),
      forbidden,
    ],
    [
      'its grant',
      () =>
        tenant(
          ...(['PATCH', `${claims}/${own}/peeringclaims/peering/status`] as const),
          { status: { phase: 'Accepted' } },
          mergePatch,
        ),
      forbidden,
    ],
    [
      'what its namespaces are called',
      () =>
        tenant(
          ...(['PATCH', `${offloading}/${own}/namespacemaps/peering/status`] as const),
          { status: { currentMapping: { a: { remoteNamespace: 'kube-system' } } } },
          mergePatch,
        ),
      forbidden,
    ],
    [
      'that its ShadowPod runs',
      () =>
        tenant(
          ...(['PATCH', `${offloading}/${demoNamespace}/shadowpods/web/status`] as const),
          { status: { phase: 'Succeeded' } },
          mergePatch,
        ),
      forbidden,
    ],
    [
      'a slice of less than nothing',
      () =>
        tenant('POST', `${tenants}/${own}/resourceslices`, {
          apiVersion: 'authentication.liqo.io/v1beta1',
          kind: 'ResourceSlice',
          metadata: { name: 'slice' },
          spec: { class: 'default', resources: { cpu: '-4' } },
        }),
      forbidden,
    ],
    [
      'who it is',
      () =>
        tenant(
          ...(['PATCH', `${claims}/${own}/peeringclaims/peering`] as const),
          { spec: { consumer: { version: '6.6' } } },
          mergePatch,
        ),
      guard,
    ],
  ])('a tenant does not write %s', async (_, attack, words) => {
    const heartbeat = new Date().toISOString();
    await refused(attack, words, () =>
      tenant('PATCH', `${claims}/${own}/peeringclaims/peering`, { spec: { heartbeat } }, mergePatch),
    );
  });

  test.each<[string, () => Promise<Answer>]>([
    ['makes a namespace', () => tenant('POST', '/api/v1/namespaces', { metadata: { name: 'squatted' } })],
    [
      'takes the level off its namespace',
      () =>
        tenant(
          ...(['PATCH', `/api/v1/namespaces/${demoNamespace}`] as const),
          { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } },
          mergePatch,
        ),
    ],
    [
      'binds itself a role',
      () =>
        tenant('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${demoNamespace}/rolebindings`, {
          metadata: { name: 'mine' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
          subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: own }],
        }),
    ],
    ['makes an account', () => tenant('POST', core('serviceaccounts'), { metadata: { name: 'mine' } })],
    ['makes a Pod', () => tenant('POST', core('pods'), { metadata: { name: 'mine' }, spec: {} })],
    ['deletes a Pod', () => tenant('DELETE', core('pods/consumer'))],
    [
      'evicts a Pod',
      () => tenant('POST', core('pods/consumer/eviction'), { metadata: { name: 'consumer' } }),
    ],
    ['labels a Pod', () => tenant('PATCH', core('pods/consumer'), { metadata: { labels: {} } }, mergePatch)],
    [
      'adds an ephemeral container',
      () =>
        tenant(
          ...(['PATCH', core('pods/consumer/ephemeralcontainers')] as const),
          { spec: { ephemeralContainers: [container] } },
          mergePatch,
        ),
    ],
    [
      'publishes addresses of others’ pods',
      () =>
        tenant(
          ...(['POST', `${discovery}/${demoNamespace}/endpointslices`] as const),
          object('EndpointSlice', { addressType: 'IPv4', endpoints: [{ addresses: ['10.40.1.2'] }] }),
        ),
    ],
    ['publishes Endpoints', () => tenant('POST', core('endpoints'), object('Endpoints', { subsets: [] }))],
    [
      'gives its Service the address of a load balancer',
      () =>
        tenant(
          ...(['PATCH', core('services/web/status')] as const),
          { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
          mergePatch,
        ),
    ],
    ['deletes a whole collection', () => tenant('DELETE', core('configmaps'))],
    ['lifts the count of its objects', () => tenant('DELETE', core('resourcequotas/offload-tenant'))],
    [
      'takes a guard away',
      () =>
        tenant(
          'DELETE',
          '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/offload-tenant-scope',
        ),
    ],
    ['reads all Secrets', () => tenant('GET', '/api/v1/secrets')],
    ['reads Secrets of the system', () => tenant('GET', core('secrets', 'kube-system'))],
    ['reads keys of the provider', () => tenant('GET', core('secrets/offload-identity', system))],
    ['reads the gateway’s table', () => tenant('GET', core('secrets/offload-gateway', system))],
    ['reads Secrets where it writes them', () => tenant('GET', core('secrets'))],
    ['reads all pods', () => tenant('GET', '/api/v1/pods')],
    ['reads nodes', () => tenant('GET', '/api/v1/nodes')],
    ['reads another tenant’s objects', () => tenant('GET', core('configmaps', shop))],
    [
      'reads another tenant’s claim',
      () => tenant('GET', `${claims}/${victim.tenantNamespace}/peeringclaims/peering`),
    ],
    ['reads another tenant’s logs', () => tenant('GET', core('pods/web/log', shop))],
    ['enters another tenant’s pod', () => tenant('POST', core('pods/web/exec?command=id', shop))],
    ['writes where another tenant is', () => sendShadow(shop, shadow({}))],
    ['asks for another tenant’s token', () => askToken({}, 'tenant', victim.tenantNamespace)],
    ['asks for the agent’s token', () => askToken({}, 'offload-agent', system)],
    ['asks for the token of its pods', () => askToken({}, 'default', demoNamespace)],
  ])('a tenant that %s is refused by its rights', async (_, attack) => {
    await refused(attack, forbidden, () => configMap());
  });

  const askToken = (spec: object, account = 'tenant', namespace = own) =>
    tenant('POST', core(`serviceaccounts/${account}/token`, namespace), {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec,
    });

  test.each<[string, Record<string, string>]>([
    ['the agent', { 'Impersonate-User': `system:serviceaccount:${system}:offload-agent` }],
    ['an administrator', { 'Impersonate-User': 'admin', 'Impersonate-Group': 'system:masters' }],
  ])('a tenant that says it is %s is refused', async (_, headers) => {
    await refused(
      () => sendAs(token, headers)('GET', core('configmaps')),
      /cannot impersonate/,
      () => tenant('GET', core('configmaps')),
    );
  });

  test('tokens are for this API server, and for a day at most', async () => {
    const honest = () => askToken({ expirationSeconds: 86_400 });
    await refused(() => askToken({ expirationSeconds: 864_000 }), guard, honest);
    await refused(() => askToken({ audiences: ['vault'] }), guard, honest);
  });

  test('a Secret that would become a credential is refused', async () => {
    const annotations = { 'kubernetes.io/service-account.name': 'default' };
    const create = (type: string) =>
      tenant('POST', core('secrets'), { ...object('Secret', {}, { annotations }), type });
    await refused(
      () => create('kubernetes.io/service-account-token'),
      guard,
      () => create('Opaque'),
    );
  });

  test.each<[string, object]>([
    ['externalIPs', { externalIPs: ['192.0.2.1'] }],
    ['type NodePort', { type: 'NodePort' }],
    ['type LoadBalancer', { type: 'LoadBalancer' }],
    ['type ExternalName', { type: 'ExternalName', externalName: 'kubernetes.default.svc.cluster.local' }],
  ])('a Service with %s is refused', async (_, spec) => {
    await refused(
      () => service(spec),
      guard,
      () => service({}),
    );
  });

  test('an Ingress has the hosts that the Tenant lists', async () => {
    const backend = { service: { name: 'web', port: { number: 80 } } };
    const ingress = (host: string) =>
      tenant(
        'POST',
        `/apis/networking.k8s.io/v1/namespaces/${demoNamespace}/ingresses`,
        object('Ingress', {
          spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
        }),
      );
    await expect.poll(async () => (await ingress('bank.example.com')).status, eventually).toBe(422);
    await refused(
      () => ingress('bank.example.com'),
      /host bank.example.com is not one that this tenant may serve/,
      () => ingress('shop.london.example.com'),
    );
  });

  test.each<[string, object, object]>([
    ['a privileged container', {}, { securityContext: { privileged: true } }],
    ['files of the host', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, {}],
    ['the network of the host', { hostNetwork: true }, {}],
    ['a port of the host', {}, { ports: [{ containerPort: 80, hostPort: 80 }] }],
    ['a node', { nodeName: 'newyork-1' }, {}],
    ['years to end', { terminationGracePeriodSeconds: 100_000_000 }, {}],
  ])('a ShadowPod with %s is refused', async (_, spec, more) => {
    await refused(
      () => sendShadow(demoNamespace, shadow(spec, more)),
      guard,
      () => configMap(),
    );
  });

  test('what is too large is refused', async () => {
    await refused(
      () => configMap({ annotations: { a: 'x'.repeat(300_000) } }),
      /Too long|too large/i,
      () => configMap({ annotations: { a: 'x'.repeat(30_000) } }),
    );
    const huge = shadow({}, { env: [{ name: 'HUGE', value: 'x'.repeat(4_000_000) }] });
    await refused(
      () => sendShadow(demoNamespace, huge),
      /too large/i,
      () => configMap(),
    );
  });

  test('nothing of a tenant holds up a deletion, and what is not its own it neither changes nor deletes', async () => {
    await refused(
      () => configMap({ finalizers: ['london.example/stay'] }),
      guard,
      () => configMap(),
    );
    const admins = await world.kubectlJson<ConfigMap>(
      'newyork',
      'get',
      'configmap',
      'admins',
      '-n',
      demoNamespace,
    );
    for (const attack of [
      () => tenant('PATCH', core('configmaps/admins'), { data: { a: 'c' } }, mergePatch),
      () => tenant('DELETE', core('configmaps/admins')),
    ])
      await refused(attack, guard, () => configMap());
    const owner = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'admins',
      uid: admins.metadata.uid,
      blockOwnerDeletion: true,
    };
    const dependent = object('ConfigMap', {}, { name: 'dependent', ownerReferences: [owner] });
    expect((await tenant('POST', core('configmaps'), dependent)).status).toBe(201);
    await world.kubectl(
      ...(['newyork', 'delete', 'configmap', 'admins', '-n', demoNamespace] as const),
      ...['--cascade=foreground', '--timeout=20s'],
    );
  });

  test('a Pod is not left behind by its ShadowPod', async () => {
    const body = shadow({}, {}, { name: 'orphan' });
    expect((await sendShadow(demoNamespace, body)).status).toBe(201);
    const there = async () =>
      (await podsIn(demoNamespace)).some(({ metadata }) => metadata.name === 'orphan');
    await expect.poll(there, eventually).toBe(true);
    const remove = (propagationPolicy: string) =>
      tenant('DELETE', `${offloading}/${demoNamespace}/shadowpods/orphan`, {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy,
      });
    await refused(
      () => remove('Orphan'),
      guard,
      () => remove('Background'),
    );
    await expect.poll(there, eventually).toBe(false);
    // Where somebody else leaves it behind, the agent takes it away.
    expect((await sendShadow(demoNamespace, body)).status).toBe(201);
    await expect.poll(there, eventually).toBe(true);
    await world.kubectl(
      ...(['newyork', 'delete', 'shadowpod', 'orphan', '-n', demoNamespace, '--cascade=orphan'] as const),
    );
    await expect.poll(there, eventually).toBe(false);
  });

  test('a tenant enters the pods that it sent, not those of the provider beside them', async () => {
    const enter = sendAs(token, {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16, 1).toString('base64'),
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    });
    const into = (pod: string) => enter('GET', core(`pods/${pod}/exec?command=/busybox&command=id&stdout=1`));
    await expect
      .poll(
        async () =>
          (await podsIn(demoNamespace)).find(({ metadata }) => metadata.name === 'web')?.status?.phase,
        eventually,
      )
      .toBe('Running');
    await refused(
      () => into('consumer'),
      /was not sent here by this tenant/,
      () => into('web'),
    );
  });

  test('an invitation serves once, and nobody takes another’s name or keys', async () => {
    const again = await victim.redeem({ publicKey: Buffer.alloc(32, 9).toString('base64') });
    expect(`${again.status} ${again.text}`).toMatch(/^(401|403|422) /);
    const identity = (await secretOf('newyork', 'offload-gateway')).data?.['table.json'] ?? '';
    const table = JSON.parse(Buffer.from(identity, 'base64').toString()) as {
      peers: Record<string, { fingerprint: string }>;
    };
    const [thief, mimic] = await Promise.all([
      consumerByHand(world, 'newyork', 'london'),
      consumerByHand(world, 'newyork', 'mimic'),
    ]);
    await thief.redeem();
    await mimic.redeem({ gatewayFingerprint: table.peers['london']?.fingerprint });
    for (const [who, reason] of [
      [thief, 'ClusterIDTaken'],
      [mimic, 'GatewayKeyTaken'],
    ] as const) {
      const { status } = await who.judged();
      expect(status?.phase).toBe('Refused');
      expect(status?.conditions?.find(({ type }) => type === 'Accepted')?.reason).toBe(reason);
      expect(status?.token).toBeUndefined();
    }
  });

  test('the gateway leads each tenant to its own endpoints', async () => {
    const secret = await secretOf('london', 'offload-gateway');
    const key = { keyPem: decoded(secret, 'tls.key'), certificatePem: decoded(secret, 'tls.crt') };
    const record = await secretOf('london', 'peering-newyork');
    const address = (JSON.parse(decoded(record, 'gatewayAddresses')) as string[])[0] ?? '';
    const endpointOf = async (namespace: string) => {
      const pod = (await podsIn(namespace)).find(({ metadata }) => metadata.name === 'web') as Pod;
      return { id: `newyork/${pod.metadata.uid}/${flightsPort}`, ip: pod.status?.podIP };
    };
    const [ours, theirs] = await Promise.all([endpointOf(demoNamespace), endpointOf(shop)]);
    const listed = async () => {
      const { peers } = JSON.parse(decoded(await secretOf('newyork', 'offload-gateway'), 'table.json')) as {
        peers: Record<string, { endpoints: object }>;
      };
      return ['london', 'victim'].flatMap((id) => Object.keys(peers[id]?.endpoints ?? {}));
    };
    await expect.poll(listed, eventually).toEqual([ours.id, theirs.id]);
    await expect.poll(() => streamTo(address, ours.id, key), eventually).toMatch(/^200 .*IS 101/s);
    for (const endpoint of [
      theirs.id,
      ours.id.replace(/\d+$/, '22'),
      'newyork/b8f3c9f0-0000-4000-8000-000000000001/80',
      '__proto__',
    ])
      expect(await streamTo(address, endpoint, key), endpoint).toBe('403');
    for (const endpoint of [`${ours.ip}:${flightsPort}`, `${theirs.ip}:${flightsPort}`, '127.0.0.1:8080'])
      expect(await streamTo(address, endpoint, key), endpoint).toMatch(/^(400|403)$/);
    const stranger = await createGatewayCertificate('london', new Date());
    for (const other of [undefined, stranger]) expect(await streamTo(address, ours.id, other)).toBe('cut');
    expect(await streamTo(address, ours.id, key)).toMatch(/^200 /);
  });

  test(`200 ShadowPods at once, the agent killed midway: ${quota} Pods, and never one more`, async () => {
    const held = (await podsIn(demoNamespace)).filter(
      ({ metadata }) => metadata.labels?.['liqo.io/managed-by'] === 'shadowpod',
    ).length;
    let most = 0;
    let killedAt: number | undefined;
    let killing: Promise<unknown> = Promise.resolve();
    const agents = (
      await newyork.readList(pods, {
        namespace: system,
        labelSelector: 'app.kubernetes.io/name=offload-agent',
      })
    ).map(({ metadata }) => metadata.name);
    const watch = newyork.watch(
      {
        resource: pods,
        namespace: burst,
        onChange: () => {
          const count = [...watch.list()].length;
          most = Math.max(most, count);
          if (count < 10 || killedAt !== undefined) return;
          killedAt = count;
          killing = world.kubectl('newyork', 'delete', 'pod', '-n', system, '--force', ...agents);
        },
      },
      ending.signal,
    );
    await watch.synced;
    // They ask for more than any node has: that they are there is all that counts here.
    const body = () => shadow({}, { resources: { requests: { cpu: '5' } } });
    const send = async () => {
      for (let index = 0; index < 20; index += 1) expect((await sendShadow(burst, body())).status).toBe(201);
    };
    await Promise.all(Array.from({ length: 10 }, send));
    await expect.poll(() => killedAt, eventually).toBeDefined();
    await killing;
    const wanted = quota - held;
    expect(killedAt).toBeLessThan(wanted);
    await expect.poll(() => [...watch.list()].length, eventually).toBe(wanted);
    // One goes, one comes.
    const [first] = [...watch.list()];
    const gone = await tenant('DELETE', `${offloading}/${burst}/shadowpods/${first?.metadata.name}`);
    expect(gone.status).toBe(200);
    await expect.poll(() => watch.get(`${burst}/${first?.metadata.name}`), eventually).toBeUndefined();
    await expect.poll(() => [...watch.list()].length, eventually).toBe(wanted);
    await sleep(2000);
    expect(most).toBe(wanted);
  });

  test('after half a minute there is no Pod and no namespace of what was refused, and all of what was not', async () => {
    await sleep(Math.max(0, absentMs - (performance.now() - began)));
    const here = (await podsIn(demoNamespace)).map(({ metadata }) => metadata.name);
    expect(here).toEqual(expect.arrayContaining(['consumer', 'web', 'large']));
    expect(here.filter((name) => refusedPods.has(name))).toEqual([]);
    const shadows = (
      await world.kubectlJson<{
        items: { metadata: { name: string }; status?: { reason?: string; message?: string } }[];
      }>(...(['newyork', 'get', 'shadowpods', '-n', demoNamespace] as const))
    ).items;
    for (const [name, words] of refusedPods) {
      const status = shadows.find(({ metadata }) => metadata.name === name)?.status;
      expect(status?.reason, name).toMatch(/^(PodRefused|QuotaExceeded)$/);
      expect(status?.message, name).toMatch(words);
    }
    const { status } = await world.kubectlJson<{
      status: { currentMapping: Record<string, { reason?: string; phase: string }> };
    }>(...(['newyork', 'get', 'namespacemap', '-n', own, 'peering'] as const));
    expect(
      Object.fromEntries(
        Object.entries(status.currentMapping).map(([name, { phase, reason }]) => [name, reason ?? phase]),
      ),
    ).toMatchObject({
      burst: 'Accepted',
      system: 'Reserved',
      default: 'Reserved',
      agent: 'Reserved',
      theirs: 'NotGranted',
      free: 'NotGranted',
    });
    const bindings = await world.kubectl(
      ...(['newyork', 'get', 'rolebindings', '-A', '-o'] as const),
      `jsonpath={range .items[?(@.subjects[0].namespace=="${own}")]}{.metadata.namespace} {end}`,
    );
    expect(new Set(bindings.trim().split(' '))).toEqual(new Set([own, demoNamespace, burst]));
  });
});
