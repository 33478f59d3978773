import { expect, test } from 'vitest';
import { selectorProblem, selects } from './selector.ts';

const node = { name: 'liqo-us', labels: { region: 'south', cores: '8', empty: '' } };
const expression = (key: string, operator: string, ...values: string[]) => ({
  key,
  operator,
  ...(values.length === 0 ? {} : { values }),
});
const one = (key: string, operator: string, ...values: string[]) => ({
  nodeSelectorTerms: [{ matchExpressions: [expression(key, operator, ...values)] }],
});

test.each([
  ['region', 'In', ['south', 'north'], true],
  ['region', 'In', ['north'], false],
  ['absent', 'In', ['x'], false],
  ['region', 'NotIn', ['north'], true],
  ['region', 'NotIn', ['south'], false],
  ['absent', 'NotIn', ['x'], true],
  ['empty', 'Exists', [], true],
  ['absent', 'Exists', [], false],
  ['constructor', 'Exists', [], false],
  ['absent', 'DoesNotExist', [], true],
  ['region', 'DoesNotExist', [], false],
  ['cores', 'Gt', ['7'], true],
  ['cores', 'Gt', ['8'], false],
  ['cores', 'Lt', ['9'], true],
  ['cores', 'Lt', ['8'], false],
  ['region', 'Gt', ['1'], false],
  ['absent', 'Lt', ['1'], false],
])('%s %s %j: %j', (key, operator, values, picked) => {
  const selector = one(key, operator, ...values);
  expect(selectorProblem(selector)).toBeUndefined();
  expect(selects(selector, node)).toBe(picked);
});

const south = expression('region', 'In', 'south');
const north = expression('region', 'In', 'north');
const field = (value: string) => [expression('metadata.name', 'In', value)];
test.each([
  ['no selector', undefined, true],
  ['no terms', {}, true],
  ['an empty list of terms', { nodeSelectorTerms: [] }, true],
  ['an empty term', { nodeSelectorTerms: [{}] }, false],
  [
    'one term of two',
    { nodeSelectorTerms: [{ matchExpressions: [north] }, { matchExpressions: [south] }] },
    true,
  ],
  ['one expression of two', { nodeSelectorTerms: [{ matchExpressions: [south, north] }] }, false],
  ['an empty term beside one that holds', { nodeSelectorTerms: [{}, { matchExpressions: [south] }] }, true],
  ['the name', { nodeSelectorTerms: [{ matchFields: field('liqo-us') }] }, true],
  ['another name', { nodeSelectorTerms: [{ matchFields: field('liqo-eu') }] }, false],
  [
    'expressions with the name',
    { nodeSelectorTerms: [{ matchExpressions: [north], matchFields: field('liqo-us') }] },
    false,
  ],
])('%s: %j', (_, selector, picked) => {
  expect(selectorProblem(selector)).toBeUndefined();
  expect(selects(selector, node)).toBe(picked);
});

test.each([
  [one('a', 'Equals', 'b'), '"Equals" is no operator'],
  [one('a', 'In'), 'In of "a" needs values'],
  [one('a', 'Exists', 'b'), 'Exists of "a" takes no values'],
  [one('a', 'Gt', 'b'), 'Gt of "a" needs one integer'],
  [one('a', 'Lt', '1', '2'), 'Lt of "a" needs one integer'],
  [{ nodeSelectorTerms: [{ matchFields: [expression('spec.x', 'In', 'y')] }] }, 'not "spec.x"'],
  [{ nodeSelectorTerms: [{ matchFields: [expression('metadata.name', 'Exists')] }] }, 'In or NotIn'],
])('what is wrong with %j is said', (selector, problem) => {
  expect(selectorProblem(selector)).toContain(problem);
});
