import { expect, test } from 'vitest';
import { readManifests } from './manifest.ts';

const gslb = (name: string, more = ''): string =>
  `apiVersion: k8gb.io/v1beta1\nkind: Gslb\nmetadata: {name: ${name}}\nspec:\n  strategy: {type: roundRobin}\n${more}`;

const names = (text: string): readonly string[] =>
  readManifests(text).manifests.map(({ object, line }) => `${line} ${object.metadata.name}`);

test('documents of a file come in order, with the line that each begins on', () => {
  expect(names(`# head\n---\n${gslb('a')}---\n\n${gslb('b')}...\n# end\n`)).toEqual(['3 a', '10 b']);
});

test('a List is the objects in it', () => {
  const list = {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' } },
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } },
    ],
  };
  expect(names(JSON.stringify(list))).toEqual(['1 s', '1 n']);
});

test('a namespaced object without a namespace is in default, a cluster-scoped one in none', () => {
  const text = `${gslb('a')}---\napiVersion: v1\nkind: Node\nmetadata: {name: n, namespace: x}\n`;
  expect(readManifests(text).manifests.map(({ object }) => object.metadata.namespace)).toEqual([
    'default',
    undefined,
  ]);
});

test('defaults are filled in and nulls dropped', () => {
  const [manifest] = readManifests(gslb('a', '  ingress: null\n')).manifests;
  expect(manifest?.object).toEqual({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: { name: 'a', namespace: 'default' },
    spec: { strategy: { type: 'roundRobin' }, serviceHealthPolicy: 'Any' },
  });
});

test.each<[string, string, string]>([
  [
    'a rule without http',
    gslb('a', '  ingress:\n    rules:\n    - host: h\n'),
    '8: Gslb a is refused: spec.ingress.rules[0].http is required',
  ],
  [
    'a number for an annotation',
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  annotations:\n    a/b: 5\n',
    '6: Service s is refused: metadata.annotations.a/b must be a string, found 5',
  ],
  [
    'no name',
    'apiVersion: v1\nkind: Service\nmetadata: {}\n',
    '3: Service is refused: metadata.name is required',
  ],
  [
    'a name that is no DNS name',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: ../x}\n',
    '3: Pod ../x is refused: metadata.name must match ^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$, found "../x"',
  ],
  [
    'endpoints that are no list',
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: e}\naddressType: IPv4\nendpoints: none\n',
    '5: EndpointSlice e is refused: endpoints must be a list, found "none"',
  ],
  [
    'an old version of a kind',
    'apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: i}\n',
    '1: networking.k8s.io/v1beta1 Ingress is not read; known here: networking.k8s.io/v1 Ingress',
  ],
  [
    'a misspelt kind of ours',
    'apiVersion: k8gb.absa.oss/v1beta1\nkind: Gslbs\nmetadata: {name: i}\n',
    '1: k8gb.absa.oss/v1beta1 Gslbs is not read; known here: k8gb.absa.oss/v1beta1 Gslb',
  ],
  ['a text', 'hello\n', '1: is not a Kubernetes object: it has no apiVersion and kind'],
  [
    'a zone that is no child',
    'apiVersion: k8gb.io/v1beta1\nkind: ZoneDelegation\nmetadata: {name: z}\nspec:\n  loadBalancedZone: a.b\n  parentZone: c\n  dnsZoneNegTTL: 5\n',
    '5: ZoneDelegation z is refused: spec loadBalancedZone must be subdomain',
  ],
])('%s is refused with its line, and the others are kept', (_, text, problem) => {
  const read = readManifests(`${text}---\n${gslb('good')}`);
  expect(read.problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([problem]);
  expect(read.manifests.map(({ object }) => object.metadata.name)).toEqual(['good']);
  expect(read.wellFormed).toBe(true);
});

test('an unknown field is dropped and said, the object stays', () => {
  const read = readManifests(gslb('a', '  colour: red\n'));
  expect(read.problems).toEqual([{ line: 6, message: 'Gslb a has an unknown field spec.colour, ignored' }]);
  expect(read.manifests).toHaveLength(1);
});

test('kinds that are none of our business are passed over in silence', () => {
  const read = readManifests(
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: many}\n',
  );
  expect(read).toMatchObject({ manifests: [], problems: [], wellFormed: true });
});

test.each<[string, string, number]>([
  ['a tab', 'a: b\n\tc: d\n', 2],
  ['an open bracket', 'a: [1,\nb: 2\n', 2],
  ['an alias to nothing', 'a: *x\n', 1],
])('%s makes the file malformed, with its line', (_, text, line) => {
  const read = readManifests(`---\n${text}`);
  expect(read.wellFormed).toBe(false);
  expect(read.problems[0]?.message).toMatch(/^is not YAML: /);
  expect(read.problems[0]?.line).toBe(line + 1);
});

test('aliases without end are refused, not expanded', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i},`.repeat(9)}]`);
  const read = readManifests(`l0: &l0 [x]\n${levels.join('\n')}\n`);
  expect(read.wellFormed).toBe(false);
});

test('documents that did not change keep their very objects', () => {
  const before = readManifests(`${gslb('a')}---\n${gslb('b')}`);
  const after = readManifests(`# new\n---\n${gslb('a')}---\n${gslb('c')}`, before);
  expect(after.manifests.map(({ object }) => object.metadata.name)).toEqual(['a', 'c']);
  expect(after.manifests[0]?.line).toBe(3);
});

test('a document word for word the same is not parsed again', () => {
  const before = readManifests(`---\n${gslb('a')}---\n${gslb('b')}`);
  const after = readManifests(`---\n${gslb('z')}---\n${gslb('b')}`, before);
  expect(after.manifests[1]?.object).toBe(before.manifests[1]?.object);
});
