import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const manifests = join(import.meta.dirname, '../../manifests/offload/scheduling');
const virtualKey = 'virtual-node.liqo.io/not-allowed';
const lostKey = 'offloading.interspan.dev/provider-unreachable';
const type = (operator: string) => ({ key: 'liqo.io/type', operator, values: ['virtual-node'] });
const zone = { key: 'zone', operator: 'In', values: ['a'] };
const elsewhere = type('NotIn');

type Strategy = 'Local' | 'Remote' | 'LocalAndRemote';
type Term = { readonly matchExpressions?: readonly object[]; readonly matchFields?: readonly object[] };
interface PodSpec {
  readonly tolerations?: readonly { readonly key: string; readonly tolerationSeconds?: number }[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly podAntiAffinity?: object;
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: {
        readonly nodeSelectorTerms: readonly Term[];
      };
      readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly object[];
    };
  };
}

let server: TestApiServer;
let namespace: string;
let count = 0;

beforeAll(async () => {
  server = await startApiServer();
  await server.kubectl('apply', '--server-side', '-k', manifests);
  await makeNamespace('ready', 'Remote');
  // A policy is in force a moment after it was written.
  await vi.waitFor(async () => expect(terms(await admitted({}, { in: 'ready' }))).toHaveLength(1), {
    timeout: 30_000,
    interval: 250,
  });
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  namespace = `test-${++count}`;
});

async function makeNamespace(name: string, strategy: Strategy): Promise<void> {
  await server.kubectl('create', 'namespace', name);
  await server.kubectl('create', 'serviceaccount', '-n', name, 'default').catch(() => undefined);
  if (strategy === 'Local') return;
  await server.kubectl(
    'label',
    'namespace',
    name,
    'liqo.io/scheduling-enabled=true',
    `offloading.interspan.dev/strategy=${strategy}`,
  );
}

/** A pod as the API server would keep it. */
async function admitted(
  spec: object,
  { in: where = namespace, owner }: { readonly in?: string; readonly owner?: string } = {},
): Promise<PodSpec> {
  const ownerReferences =
    owner === undefined
      ? []
      : [{ apiVersion: 'apps/v1', kind: owner, name: 'o', uid: 'u', controller: true }];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'p-', namespace: where, ownerReferences },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
  const made = await server.kubectlWith(
    JSON.stringify(pod),
    'create',
    '--dry-run=server',
    '-o',
    'json',
    '-f',
    '-',
  );
  return JSON.parse(made).spec;
}
const required = (...nodeSelectorTerms: readonly object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const terms = (spec: PodSpec): readonly Term[] =>
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
const keys = (spec: PodSpec): readonly string[] => (spec.tolerations ?? []).map(({ key }) => key);
const offloaded = () => ({ key: `namespace.offloading.interspan.dev/${namespace}`, operator: 'Exists' });

const asked = [
  { name: 'a pod that asks for nothing', spec: {}, own: [] },
  { name: 'a pod for virtual nodes', spec: required({ matchExpressions: [type('In')] }), own: [type('In')] },
  { name: 'a pod for one zone', spec: required({ matchExpressions: [zone] }), own: [zone] },
];

for (const { name, spec, own } of asked) {
  test(`${name} stays as it is with Local, goes elsewhere with Remote, may do both with LocalAndRemote`, async () => {
    await makeNamespace(namespace, 'Local');
    const local = await admitted(spec);
    expect(keys(local)).not.toContain(virtualKey);
    expect(terms(local)).toEqual(own.length === 0 ? [] : [{ matchExpressions: own }]);

    namespace = `${namespace}-r`;
    await makeNamespace(namespace, 'Remote');
    const remote = await admitted(spec);
    expect(terms(remote)).toEqual([{ matchExpressions: [...own, offloaded()] }]);
    expect(remote.tolerations).toContainEqual({ key: virtualKey, operator: 'Exists', effect: 'NoExecute' });

    namespace = `${namespace}b`;
    await makeNamespace(namespace, 'LocalAndRemote');
    const both = await admitted(spec);
    expect(terms(both)).toEqual([
      { matchExpressions: [...own, offloaded()] },
      { matchExpressions: [...own, elsewhere] },
    ]);
    expect(both.tolerations).toContainEqual({ key: virtualKey, operator: 'Exists', effect: 'NoExecute' });
  });
}

test('a pod that wants no virtual node is nowhere with Remote, and here with LocalAndRemote', async () => {
  const spec = required({ matchExpressions: [elsewhere] });
  await makeNamespace(namespace, 'Remote');
  expect(terms(await admitted(spec))).toEqual([{ matchExpressions: [elsewhere, offloaded()] }]);
  namespace = `${namespace}b`;
  await makeNamespace(namespace, 'LocalAndRemote');
  expect(terms(await admitted(spec))).toEqual([{ matchExpressions: [elsewhere] }]);
});

test('every term is narrowed, fields and other affinities stay, a term that matches nothing goes', async () => {
  await makeNamespace(namespace, 'Remote');
  const field = { key: 'metadata.name', operator: 'In', values: ['n'] };
  const preferred = [{ weight: 1, preference: { matchExpressions: [zone] } }];
  const spec = required({ matchExpressions: [zone] }, { matchFields: [field] }, {});
  const given = {
    affinity: {
      nodeAffinity: {
        ...spec.affinity.nodeAffinity,
        preferredDuringSchedulingIgnoredDuringExecution: preferred,
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: {} },
        ],
      },
    },
  };
  const made = await admitted(given);
  expect(terms(made)).toEqual([
    { matchExpressions: [zone, offloaded()] },
    { matchFields: [field], matchExpressions: [offloaded()] },
  ]);
  expect(made.affinity?.podAntiAffinity).toEqual(given.affinity.podAntiAffinity);
  expect(made.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution).toEqual(preferred);
});

for (const strategy of ['Remote', 'LocalAndRemote'] as const) {
  test(`a pod that was patched is not patched again with ${strategy}`, async () => {
    await makeNamespace(namespace, strategy);
    const once = await admitted(required({ matchExpressions: [zone] }));
    const twice = await admitted({ affinity: once.affinity, tolerations: once.tolerations });
    expect(terms(twice)).toEqual(terms(once));
    expect(keys(twice).toSorted()).toEqual(keys(once).toSorted());
  });
}

test('a lost provider is tolerated for 30 s, by pods of StatefulSets for good, or as the pod says', async () => {
  await makeNamespace(namespace, 'LocalAndRemote');
  const lost = async (spec: object, owner?: string) =>
    (await admitted(spec, owner === undefined ? {} : { owner })).tolerations?.filter(
      ({ key }) => key === lostKey,
    );
  const toleration = { key: lostKey, operator: 'Exists', effect: 'NoExecute' };
  expect(await lost({})).toEqual([{ ...toleration, tolerationSeconds: 30 }]);
  expect(await lost({}, 'ReplicaSet')).toEqual([{ ...toleration, tolerationSeconds: 30 }]);
  expect(await lost({}, 'StatefulSet')).toEqual([toleration]);
  const own = { ...toleration, tolerationSeconds: 5 };
  expect(await lost({ tolerations: [own] })).toEqual([own]);
});

test('pods of DaemonSets, and of runtime class liqo, are left alone; the class sends them elsewhere', async () => {
  await makeNamespace(namespace, 'LocalAndRemote');
  const daemon = await admitted({}, { owner: 'DaemonSet' });
  expect(keys(daemon)).not.toContain(virtualKey);
  expect(terms(daemon)).toEqual([]);
  const liqo = await admitted({ runtimeClassName: 'liqo' });
  expect(terms(liqo)).toEqual([]);
  expect(liqo.nodeSelector).toEqual({ 'liqo.io/type': 'virtual-node' });
  expect(keys(liqo)).toContain(virtualKey);
});

test('a namespace of which one label is left keeps its pods as they are', async () => {
  await makeNamespace(namespace, 'Local');
  await server.kubectl('label', 'namespace', namespace, 'liqo.io/scheduling-enabled=true');
  expect(terms(await admitted({}))).toEqual([]);
});
