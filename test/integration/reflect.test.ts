import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { annotations, labels, roles } from '#agent/model/names.ts';
import { startReflect } from '#agent/reflect/reflect.ts';
import {
  type ConfigMap,
  configMaps,
  type Ingress,
  ingresses,
  type KubeObject,
  namespaces,
  type Resource,
  roleBindings,
  type Secret,
  type Service,
  secrets,
  services,
} from '#core/api/kubernetes.ts';
import { events } from '#core/source/api-server/event-recorder.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { applyOffloadManifests, asAccount, guardsInForce, makeTenant } from '#test/support/tenant-world.ts';
import { accountCredentials } from '#test/support/token-credentials.ts';

let eu: TestApiServer;
let us: TestApiServer;
let here: ApiServerSource;
let there: ApiServerSource;
/** The provider as its tenant sees it, behind the guards. */
let asTenant: ApiServerSource;
let ended: AbortController;
let count = 0;
let namespace: string;
let said: string[];

const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object, message: string) =>
    void said.push(`${message} ${String((fields as { error?: unknown }).error)}`),
  error: (_: object, message: string) => void said.push(message),
};
const sourceOptions = {
  fieldManager: 'offload-agent',
  identity: 'test',
  log,
  now: () => performance.now(),
  random: Math.random,
};
const open = ({ kubeconfig }: TestApiServer, signal: AbortSignal): Promise<ApiServerSource> =>
  apiServerSource({ ...sourceOptions, kubeconfig, signal });

const outer = new AbortController();
beforeAll(async () => {
  [eu, us] = await Promise.all([startApiServer(), startApiServer()]);
  said = [];
  here = await open(eu, outer.signal);
  there = await open(us, outer.signal);
  await applyOffloadManifests(us);
  const tenant = await makeTenant(us, 'eu');
  await guardsInForce(await asAccount(us, tenant.tenantNamespace, 'tenant'), tenant);
  asTenant = await apiServerSource({
    ...sourceOptions,
    credentials: await accountCredentials(us, tenant.tenantNamespace, 'tenant'),
    signal: outer.signal,
  });
});
afterAll(async () => {
  outer.abort();
  await Promise.all([eu?.[Symbol.asyncDispose](), us?.[Symbol.asyncDispose]()]);
});
beforeEach(async () => {
  ended = new AbortController();
  said = [];
  namespace = `shop-${++count}`;
  await here.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const metadata = {
    name: `${namespace}-eu`,
    labels: { [labels.remoteClusterID]: 'eu', [labels.tenantOfTwin]: 'liqo-tenant-eu' },
  };
  await there.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
  await there.create(roleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'tenant', namespace: metadata.name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: roles.tenantInTwin },
    subjects: [{ kind: 'ServiceAccount', name: 'tenant', namespace: 'liqo-tenant-eu' }],
  });
});
afterEach(() => ended.abort());

function start(signal = ended.signal) {
  const link = {
    clusterID: 'us',
    remote: asTenant,
    state: () => ({ kind: 'connected' }) as const,
    onChange: () => undefined,
  };
  const reflect = startReflect({ source: here, link, clusterID: 'eu', log, random: Math.random }, signal);
  reflect.setPairs([{ local: namespace, remote: `${namespace}-eu` }]);
  return reflect;
}
const twin = <T extends KubeObject>(resource: Resource<T>, name: string) =>
  found(there.get(resource, `${namespace}-eu/${name}`));
const until = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 });

const configMap = (name: string, data: Record<string, string>, more: Partial<ConfigMap> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  ...more,
  metadata: { namespace, name, ...more.metadata },
  data,
});
const reasons = async (): Promise<string[]> =>
  (await here.readList(events, { namespace })).map(({ reason, message }) => `${reason} ${message}`);

test('a ConfigMap follows its original, and comes back when it is changed or deleted there', async () => {
  start();
  await here.create(
    configMaps,
    configMap('a', { k: '1' }, { metadata: { name: 'a', annotations: { note: 'x' } } }),
  );
  await until(async () => expect((await twin(configMaps, 'a'))?.data).toEqual({ k: '1' }));
  expect((await twin(configMaps, 'a'))?.metadata.labels).toEqual({
    'offloading.liqo.io/origin': 'eu',
    'offloading.liqo.io/destination': 'us',
  });
  await here.patch(configMaps, `${namespace}/a`, {
    data: { k: null, l: '2' },
    metadata: { annotations: { note: null } },
  });
  await until(async () => {
    const object = await twin(configMaps, 'a');
    expect(object?.data).toEqual({ l: '2' });
    expect(object?.metadata.annotations ?? {}).toEqual({});
  });
  await there.patch(configMaps, `${namespace}-eu/a`, { data: { l: 'theirs' } });
  await until(async () => expect((await twin(configMaps, 'a'))?.data).toEqual({ l: '2' }));
  const uid = (await twin(configMaps, 'a'))?.metadata.uid;
  await there.delete(configMaps, `${namespace}-eu/a`);
  await until(async () => expect((await twin(configMaps, 'a'))?.metadata.uid).not.toBe(uid));
  await until(async () => expect((await twin(configMaps, 'a'))?.data).toEqual({ l: '2' }));
  await here.patch(configMaps, `${namespace}/a`, {
    metadata: { annotations: { 'liqo.io/skip-reflection': '' } },
  });
  await until(async () => expect(await twin(configMaps, 'a')).toBeUndefined());
  await here.patch(configMaps, `${namespace}/a`, {
    metadata: { annotations: { 'liqo.io/skip-reflection': null } },
  });
  await until(async () => expect(await twin(configMaps, 'a')).toBeDefined());
  await here.delete(configMaps, `${namespace}/a`);
  await until(async () => expect(await twin(configMaps, 'a')).toBeUndefined());
  await until(async () =>
    expect(await reasons()).toContain('SuccessfulReflection Successfully reflected object to cluster "us"'),
  );
  expect(said).toEqual([]);
});

test('an immutable ConfigMap that was made anew is made anew there', async () => {
  start();
  await here.create(configMaps, configMap('a', { k: '1' }, { immutable: true }));
  await until(async () => expect((await twin(configMaps, 'a'))?.immutable).toBe(true));
  await here.delete(configMaps, `${namespace}/a`);
  await here.create(configMaps, configMap('a', { k: '2' }, { immutable: true }));
  await until(async () => expect((await twin(configMaps, 'a'))?.data).toEqual({ k: '2' }));
});

test('what is not ours there is never touched, and ours comes when it has gone', async () => {
  const foreign = {
    ...configMap('a', { k: 'theirs' }),
    metadata: { namespace: `${namespace}-eu`, name: 'a' },
  };
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: foreign.metadata,
    data: { k: 'dGhlaXJz' },
  };
  const before = await there.create(configMaps, foreign);
  const secretBefore = await there.create(secrets, secret);
  await here.create(configMaps, configMap('a', { k: 'ours' }));
  await here.create(secrets, { ...secret, metadata: { namespace, name: 'a' }, data: { k: 'b3Vycw==' } });
  start();
  await until(async () => {
    const failed = (await here.readList(events, { namespace })).filter(
      ({ reason }) => reason === 'FailedReflection',
    );
    expect(failed.map(({ involvedObject }) => involvedObject['kind']).sort()).toEqual([
      'ConfigMap',
      'Secret',
    ]);
    expect(failed[0]?.message).toBe('Error reflecting object to cluster "us": remote object already exists');
  });
  expect(await twin(configMaps, 'a')).toEqual(before);
  expect(await twin(secrets, 'a')).toEqual(secretBefore);
  await here.delete(secrets, `${namespace}/a`);
  await there.delete(configMaps, `${namespace}-eu/a`);
  await until(async () => expect((await twin(configMaps, 'a'))?.data).toEqual({ k: 'ours' }));
  await until(async () =>
    expect((await twin(configMaps, 'offload-reflected-secrets'))?.data ?? {}).toEqual({}),
  );
  expect(await twin(secrets, 'a')).toEqual(secretBefore);
});

test('Secrets follow, also those that went while nobody looked', async () => {
  const secret = (name: string, data: string, more: Partial<Secret> = {}): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    ...more,
    metadata: { namespace, name, ...more.metadata },
    data: { k: Buffer.from(data).toString('base64') },
  });
  const first = new AbortController();
  const reflect = start(first.signal);
  await here.create(secrets, secret('a', '1'));
  await here.create(secrets, secret('b', '1'));
  const token = { metadata: { name: 'c', annotations: { 'kubernetes.io/service-account.name': 'default' } } };
  await here.create(secrets, secret('c', '1', { ...token, type: 'kubernetes.io/service-account-token' }));
  await until(async () => expect((await twin(secrets, 'b'))?.data).toEqual({ k: 'MQ==' }));
  await here.patch(secrets, `${namespace}/a`, { data: { k: 'Mg==' } });
  await until(async () => expect((await twin(secrets, 'a'))?.data).toEqual({ k: 'Mg==' }));
  await until(async () =>
    expect((await reasons()).some((text) => text.startsWith('NotReflected'))).toBe(true),
  );
  expect(await twin(secrets, 'c')).toBeUndefined();
  first.abort();
  await reflect.drained;
  await here.delete(secrets, `${namespace}/a`);
  await here.patch(secrets, `${namespace}/b`, { data: { k: 'Mw==' } });
  start();
  await until(async () => expect(await twin(secrets, 'a')).toBeUndefined());
  await until(async () => expect((await twin(secrets, 'b'))?.data).toEqual({ k: 'Mw==' }));
  await until(async () =>
    expect(Object.keys((await twin(configMaps, 'offload-reflected-secrets'))?.data ?? {})).toEqual(['b']),
  );
});

test('Services and Ingresses get addresses there that come back as an annotation', async () => {
  start();
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: 'web' },
    spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] },
  };
  const ingress: Ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace, name: 'web', annotations: { 'k8gb.io/strategy': 'roundRobin' } },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'a.example',
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
            ],
          },
        },
      ],
    },
  };
  await here.create(services, service);
  await here.create(ingresses, ingress);
  await until(async () =>
    expect((await twin(services, 'web'))?.spec).toMatchObject({
      type: 'ClusterIP',
      selector: { app: 'web' },
    }),
  );
  await until(async () => expect(await twin(ingresses, 'web')).toBeDefined());
  const sent = await twin(ingresses, 'web');
  expect(sent?.spec).toEqual({ rules: ingress.spec?.rules });
  expect(sent?.metadata.annotations).toMatchObject({ 'k8gb.io/strategy': 'roundRobin' });
  await there.patchStatus(ingresses, `${namespace}-eu/web`, {
    loadBalancer: { ingress: [{ ip: '172.19.0.5' }, { ip: '172.19.0.6' }] },
  });
  await until(async () =>
    expect(
      (await here.get(ingresses, `${namespace}/web`)).metadata.annotations?.[
        'offloading.interspan.dev/remote-addresses'
      ],
    ).toBe('{"us":["172.19.0.5","172.19.0.6"]}'),
  );
  const local = await here.get(ingresses, `${namespace}/web`);
  expect(local.status?.loadBalancer?.ingress).toBeUndefined();
  await here.patch(services, `${namespace}/web`, {
    spec: {
      ports: [
        { port: 80, name: 'http' },
        { port: 81, name: 'more' },
      ],
    },
  });
  await until(async () => expect((await twin(services, 'web'))?.spec?.ports).toHaveLength(2));
  expect((await here.get(ingresses, `${namespace}/web`)).metadata.resourceVersion).toBe(
    local.metadata.resourceVersion,
  );
  expect((await twin(ingresses, 'web'))?.metadata.generation).toBe(1);
});

test('an Ingress of a host that the provider did not grant says so, and comes once it is granted', async () => {
  const limit = { metadata: { annotations: { [annotations.ingressHosts]: '*.granted.example' } } };
  await there.patch(namespaces, `${namespace}-eu`, limit);
  // The policy sees the namespace as it was for a moment.
  const probe = async (): Promise<string> => {
    const dry = `/apis/networking.k8s.io/v1/namespaces/${namespace}-eu/ingresses?dryRun=All`;
    return asTenant
      .request({
        method: 'POST',
        path: dry,
        body: ingressOf('probe', 'other.example', { [labels.origin]: 'eu' }),
        intent: { verb: 'create', resource: ingresses, namespace: `${namespace}-eu` },
      })
      .then(
        () => 'made',
        (error: Error) => error.message,
      );
  };
  await until(async () => expect(await probe()).toContain('is not one that this tenant may serve'));
  await here.create(ingresses, { ...ingressOf('web', 'bank.example'), metadata: { namespace, name: 'web' } });
  start();
  await until(async () =>
    expect(await reasons()).toContainEqual(
      expect.stringMatching(/^HostNotAllowed .*host bank\.example is not/),
    ),
  );
  expect(await twin(ingresses, 'web')).toBeUndefined();
  await here.patch(ingresses, `${namespace}/web`, { spec: { rules: [{ host: 'web.granted.example' }] } });
  await until(async () => expect(await twin(ingresses, 'web')).toBeDefined());
});

function ingressOf(name: string, host: string, marks: Record<string, string> = {}): Ingress {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, labels: marks },
    spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  };
}
