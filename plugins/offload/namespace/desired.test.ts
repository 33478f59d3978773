import { expect, test } from 'vitest';
import { desiredOffloading, type OffloadingFlags, tightens } from './desired.ts';
import { selectorTerms } from './selector-terms.ts';

const none: OffloadingFlags = {
  'namespace-mapping-strategy': undefined,
  'pod-offloading-strategy': undefined,
  'remote-namespace-name': undefined,
  selector: [],
};

test("nothing given: Liqo's defaults", () => {
  expect(desiredOffloading('shop', none, undefined)).toEqual({
    apiVersion: 'offloading.liqo.io/v1beta1',
    kind: 'NamespaceOffloading',
    metadata: { namespace: 'shop', name: 'offloading' },
    spec: { namespaceMappingStrategy: 'DefaultName', podOffloadingStrategy: 'LocalAndRemote' },
  });
});

test('what an object says stays where nothing is given', () => {
  const spec = {
    namespaceMappingStrategy: 'SelectedName',
    remoteNamespaceName: 'there',
    podOffloadingStrategy: 'Remote',
    clusterSelector: { nodeSelectorTerms: [] },
  } as const;
  expect(desiredOffloading('shop', none, spec).spec).toEqual(spec);
  expect(desiredOffloading('shop', { ...none, 'pod-offloading-strategy': 'Local' }, spec).spec).toEqual({
    ...spec,
    podOffloadingStrategy: 'Local',
  });
});

test('a name selects the strategy of names', () => {
  const { spec } = desiredOffloading('shop', { ...none, 'remote-namespace-name': 'there' }, undefined);
  expect(spec).toMatchObject({ namespaceMappingStrategy: 'SelectedName', remoteNamespaceName: 'there' });
});

test.each<[Partial<OffloadingFlags>, string]>([
  [{ 'namespace-mapping-strategy': 'SelectedName' }, 'SelectedName needs a name'],
  [
    { 'namespace-mapping-strategy': 'EnforceSameName', 'remote-namespace-name': 'there' },
    'does not go with EnforceSameName',
  ],
  [{ selector: ['a=b=c'] }, 'cannot be read'],
])('%j is refused', (flags, message) => {
  expect(() => desiredOffloading('shop', { ...none, ...flags }, undefined)).toThrow(message);
});

test.each([
  [undefined, 'Remote', false],
  ['LocalAndRemote', 'Remote', true],
  ['LocalAndRemote', 'Local', true],
  ['Remote', 'Local', true],
  ['Remote', 'LocalAndRemote', false],
  ['Local', 'Local', false],
] as const)('from %s to %s tightens: %j', (before, after, expected) => {
  const spec = before === undefined ? undefined : { podOffloadingStrategy: before };
  expect(tightens(spec, { podOffloadingStrategy: after })).toBe(expected);
});

test.each([
  ['a=b', { key: 'a', operator: 'In', values: ['b'] }],
  ['a==b', { key: 'a', operator: 'In', values: ['b'] }],
  ['a!=b', { key: 'a', operator: 'NotIn', values: ['b'] }],
  ['x/a in (b, c)', { key: 'x/a', operator: 'In', values: ['b', 'c'] }],
  ['a notin (b)', { key: 'a', operator: 'NotIn', values: ['b'] }],
  ['a', { key: 'a', operator: 'Exists' }],
  ['!a', { key: 'a', operator: 'DoesNotExist' }],
])('selector %s', (selector, expression) => {
  expect(selectorTerms([selector])).toEqual([{ matchExpressions: [expression] }]);
});

test('the parts of one selector must all hold, any of several selectors will do', () => {
  expect(selectorTerms(['a=b,c in (d,e)', 'f'])).toEqual([
    {
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['b'] },
        { key: 'c', operator: 'In', values: ['d', 'e'] },
      ],
    },
    { matchExpressions: [{ key: 'f', operator: 'Exists' }] },
  ]);
});

test.each(['', 'a b', 'a in b', '(a)', 'a=b,'])('selector "%s" is refused', (selector) => {
  expect(() => selectorTerms([selector])).toThrow('cannot be read');
});
