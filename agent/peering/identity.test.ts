import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import type { ConfigMap, KubeObject, Resource, Secret } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import { seal, unseal } from '#core/peering/seal.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { fingerprintOf, loadIdentity } from './identity.ts';

type Objects = Map<string, KubeObject>;
const key = (resource: Resource, name: string): string => `${resource.plural} ${name}`;

function memory(objects: Objects): Pick<ApiServerSource, 'get' | 'create' | 'patch' | 'readList'> {
  return {
    patch: async (resource: Resource, name: string, patch: unknown) => {
      const object = objects.get(key(resource, name)) as Secret;
      const { data } = patch as Secret;
      objects.set(key(resource, name), { ...object, data: { ...object.data, ...data } } as KubeObject);
    },
    readList: async <T extends KubeObject>(resource: Resource<T>) =>
      [...objects].flatMap(([name, object]) => (name.startsWith(`${resource.plural} `) ? [object as T] : [])),
    get: async <T extends KubeObject>(resource: Resource<T>, name: string) => {
      const found = objects.get(key(resource, name));
      if (found === undefined) throw new SourceError('notFound', `${name} is not there`);
      return found as T;
    },
    create: async <T extends KubeObject>(resource: Resource<T>, object: T) => {
      const name = key(resource, objectKey(resource, object.metadata));
      if (objects.has(name)) throw new SourceError('conflict', 'it is there');
      objects.set(name, object);
      return object;
    },
  };
}

const clusterConfig = (clusterID: string): [string, ConfigMap] => [
  'configmaps sys/offload-cluster',
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'sys', name: 'offload-cluster' },
    data: { clusterID, clusterLabels: 'region=eu' },
  },
];
const kubeSystem: [string, KubeObject] = [
  'namespaces kube-system',
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid: 'uid-1' } },
];

function load(objects: Objects, said: string[] = [], signal = new AbortController().signal) {
  const say = (_: object, text: string): void => void said.push(text);
  const log = { debug: say, info: say, warn: say, error: say };
  return loadIdentity(
    { source: memory(objects), namespace: 'sys', version: '1.2.3', log, retryMs: 1 },
    signal,
  );
}

test('keys are made on first start, and are the same on the next', async () => {
  const objects: Objects = new Map([clusterConfig('eu'), kubeSystem]);
  const first = await load(objects);
  expect(first).toMatchObject({
    clusterID: 'eu',
    clusterUID: 'uid-1',
    clusterLabels: { region: 'eu' },
    version: '1.2.3',
  });
  expect(unseal(first.encryptionKey, seal(first.publicKey, 'secret'))).toBe('secret');
  const second = await load(objects);
  expect(second.publicKey).toBe(first.publicKey);
  expect(second.gateway).toEqual(first.gateway);
});

test("the gateway's certificate is of a P-256 key, signed by itself, for 10 years; its fingerprint is of the key", async () => {
  const { gateway } = await load(new Map([clusterConfig('eu'), kubeSystem]));
  const certificate = new X509Certificate(gateway.certificatePem);
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(Date.parse(certificate.validTo) - Date.now()).toBeGreaterThan(9.9 * 365 * 24 * 3600 * 1000);
  expect(gateway.fingerprint).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(fingerprintOf(certificate.raw)).toBe(gateway.fingerprint);
});

test('of two replicas that start together the first one gives the keys', async () => {
  const objects: Objects = new Map([clusterConfig('eu'), kubeSystem]);
  const [one, other] = await Promise.all([load(objects), load(objects)]);
  expect(one.publicKey).toBe(other.publicKey);
});

test('it waits, saying why once, until there is a config that is of use', async () => {
  const objects: Objects = new Map([kubeSystem]);
  const said: string[] = [];
  const loading = load(objects, said);
  await expect.poll(() => said).toHaveLength(1);
  objects.set(...clusterConfig('Not An Id'));
  await expect.poll(() => said).toHaveLength(2);
  objects.set(...clusterConfig('eu'));
  expect((await loading).clusterID).toBe('eu');
  expect(said[0]).toContain('is not there');
  expect(said[1]).toContain('Not An Id');
});

test('keys that are damaged are not written over', async () => {
  const damaged: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'sys', name: 'offload-identity' },
    data: { 'tls.key': 'AAAA' },
  };
  const objects: Objects = new Map<string, KubeObject>([
    clusterConfig('eu'),
    kubeSystem,
    ['secrets sys/offload-identity', damaged],
  ]);
  const said: string[] = [];
  const ended = new AbortController();
  const loading = load(objects, said, ended.signal);
  await expect.poll(() => said.join()).toContain('restore it');
  ended.abort();
  await expect(loading).rejects.toThrow();
  expect(objects.get('secrets sys/offload-identity')).toBe(damaged);
});

test('an id stays while there are peerings under it, and changes when there are none', async () => {
  const peering: KubeObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'peering-us' } };
  const objects: Objects = new Map([clusterConfig('eu'), kubeSystem]);
  const before = await load(objects);
  objects.set('secrets sys/peering-us', peering).set(...clusterConfig('fr'));
  expect((await load(objects)).clusterID).toBe('eu');
  objects.delete('secrets sys/peering-us');
  const after = await load(objects);
  expect([after.clusterID, after.publicKey]).toEqual(['fr', before.publicKey]);
  objects.set('secrets sys/peering-us', peering).set(...clusterConfig('it'));
  expect((await load(objects)).clusterID).toBe('fr');
});
