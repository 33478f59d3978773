import { expect, test } from 'vitest';
import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import { type Decision, decide, desiredMapping, remoteName, settle } from './decide.ts';

const offloading = (spec: NamespaceOffloading['spec'] = {}): NamespaceOffloading => ({
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'NamespaceOffloading',
  metadata: { name: 'offloading', namespace: 'podinfo' },
  spec,
});
const namespace = (name: string, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});
const selector = (operator: string) => ({
  nodeSelectorTerms: [{ matchExpressions: [{ key: 'region', operator, values: ['south'] }] }],
});
const node = (region: string) => ({ name: 'n', labels: { region } });
const decided = (more: Partial<Parameters<typeof decide>[0]>, name = 'podinfo'): Decision =>
  decide({
    offloading: offloading(),
    namespace: namespace(name),
    clusterID: 'eu',
    agentNamespace: 'offload-system',
    nodes: [node('south')],
    wantedBefore: false,
    ...more,
  });

test.each([
  [{}, 'podinfo-eu'],
  [{ namespaceMappingStrategy: 'DefaultName' }, 'podinfo-eu'],
  [{ namespaceMappingStrategy: 'EnforceSameName' }, 'podinfo'],
  [{ namespaceMappingStrategy: 'SelectedName', remoteNamespaceName: 'there' }, 'there'],
] as const)('with %j the twin is called %s', (spec, remote) => {
  expect(remoteName(offloading(spec), 'podinfo', 'eu')).toBe(remote);
});

test.each([
  ['kube-system', {}],
  ['offload-system', {}],
  ['liqo-tenant-us', {}],
  ['renamed', { 'liqo.io/tenant-namespace': 'true' }],
])('namespace %s is not offloaded', (name, labels) => {
  expect(decided({ namespace: namespace(name, labels) })).toMatchObject({
    kind: 'refused',
    required: false,
    reason: 'NamespaceNotAllowed',
  });
});

test('namespace default is', () => {
  expect(decided({}, 'default')).toEqual({ kind: 'wanted', remote: 'default-eu' });
});

test('one virtual node of several is enough; none that fits is not', () => {
  const south = { offloading: offloading({ clusterSelector: selector('In') }) };
  expect(decided({ ...south, nodes: [node('north'), node('south')] }).kind).toBe('wanted');
  expect(decided({ ...south, nodes: [node('north')] }).kind).toBe('notSelected');
});

test('while no virtual node is known, a selection stays as it was', () => {
  const south = { offloading: offloading({ clusterSelector: selector('In') }), nodes: [] };
  expect(decided({ ...south, wantedBefore: true }).kind).toBe('wanted');
  expect(decided(south).kind).toBe('notSelected');
  expect(decided({ nodes: [] }).kind).toBe('wanted');
});

test('a wrong selector and a long name are refused with what is wrong', () => {
  expect(decided({ offloading: offloading({ clusterSelector: selector('Like') }) })).toMatchObject({
    reason: 'InvalidSelector',
    message: expect.stringContaining('"Like" is no operator'),
  });
  expect(decided({}, 'n'.repeat(61))).toMatchObject({ reason: 'RemoteNameTooLong', required: true });
  expect(decided({}, 'n'.repeat(60)).kind).toBe('wanted');
});

test('of two namespaces that want one twin, the longer offloaded one has it', () => {
  const decision = { kind: 'wanted', remote: 'shop' } as const;
  const settled = settle([
    { namespace: 'a', createdAt: '2026-01-02T00:00:00Z', decision },
    { namespace: 'b', createdAt: '2026-01-01T00:00:00Z', decision },
    { namespace: 'c', createdAt: '2026-01-03T00:00:00Z', decision: { kind: 'notSelected' } },
  ]);
  expect(settled.get('a')).toMatchObject({ kind: 'refused', reason: 'RemoteNameTaken', required: true });
  expect(desiredMapping(settled)).toEqual({ b: 'shop' });
});
