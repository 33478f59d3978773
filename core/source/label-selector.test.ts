import { expect, test } from 'vitest';
import { SourceError } from './errors.ts';
import { labelMatcher } from './label-selector.ts';

const labels = { app: 'podinfo', 'app.kubernetes.io/part-of': 'shop', tier: 'web' };

test.each<[string | undefined, boolean]>([
  [undefined, true],
  ['', true],
  ['app=podinfo', true],
  ['app == podinfo', true],
  ['app=other', false],
  ['app!=other', true],
  ['none!=x', true],
  ['none=x', false],
  ['app', true],
  ['!app', false],
  ['!none', true],
  ['tier in (api, web)', true],
  ['tier in (api)', false],
  ['tier notin (api,db)', true],
  ['none notin (api)', true],
  ['app=podinfo,tier in (web,api),!none', true],
  ['app=podinfo,tier in (db,api)', false],
  ['app.kubernetes.io/part-of=shop', true],
  ['toString', false],
])('"%s" selects: %s', (selector, selected) => {
  expect(labelMatcher(selector)(labels)).toBe(selected);
});

test('no labels are matched as empty ones', () => {
  expect(labelMatcher('app!=x')(undefined)).toBe(true);
  expect(labelMatcher('app')(undefined)).toBe(false);
});

test.each(['app in web', 'a b', '=x', 'a=b c', 'in (a)', 'app>5', 'a in (b', 'a,,b', 'a)'])(
  '"%s" is refused',
  (selector) => {
    expect(() => labelMatcher(selector)).toThrow(SourceError);
  },
);
