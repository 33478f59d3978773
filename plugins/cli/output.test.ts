import { expect, test } from 'vitest';
import { age } from './age.ts';
import { closest } from './closest.ts';
import { durationMs } from './duration.ts';
import { type Paint, paintFor } from './paint.ts';
import { structuredText } from './structured.ts';
import { tableText } from './table.ts';

const plain: Paint = (_tone, text) => text;
const table = {
  headers: ['HOST', 'HEALTH', 'AGE'],
  rows: [
    ['app.example.com', { text: 'Healthy', tone: 'good' }, '5m'],
    ['a', '', '3d4h'],
  ],
} as const;

test('a table is padded, three spaces apart, with <none> for nothing and no space at the end', () => {
  expect(tableText(table, plain, { headers: true })).toBe(
    'HOST              HEALTH    AGE\napp.example.com   Healthy   5m\na                 <none>    3d4h\n',
  );
});

test('without headers the columns are as wide as their cells', () => {
  expect(tableText({ headers: ['LONG HEADER', 'B'], rows: [['a', 'b']] }, plain, { headers: false })).toBe(
    'a   b\n',
  );
});

test('colour does not move columns', () => {
  const colored = tableText(table, paintFor('always', { env: {}, isTTY: false }), { headers: true });
  expect(colored).toContain('\u001b[32mHealthy\u001b[39m   5m\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is taken out.
  expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(tableText(table, plain, { headers: true }));
});

test('control characters of a cell do not reach the terminal', () => {
  expect(tableText({ headers: ['A'], rows: [['x\u001b[2J\ny']] }, plain, { headers: false })).toBe(
    'x\uFFFD[2J\uFFFDy\n',
  );
});

test.each<['auto' | 'always' | 'never', Record<string, string>, boolean, boolean]>([
  ['auto', {}, true, true],
  ['auto', {}, false, false],
  ['auto', { NO_COLOR: '1' }, true, false],
  ['auto', { NO_COLOR: '' }, true, true],
  ['auto', { TERM: 'dumb' }, true, false],
  ['auto', { FORCE_COLOR: '1' }, false, true],
  ['auto', { FORCE_COLOR: '0' }, true, false],
  ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ['always', { NO_COLOR: '1' }, false, true],
  ['never', { FORCE_COLOR: '1' }, true, false],
])('--color=%s with %j on a terminal %j: %j', (when, env, isTTY, colored) => {
  expect(paintFor(when, { env, isTTY })('bad', 'x') !== 'x').toBe(colored);
});

test.each([
  [-5000, '<invalid>'],
  [-500, '0s'],
  [0, '0s'],
  [119_000, '119s'],
  [120_000, '2m'],
  [312_000, '5m12s'],
  [10 * 60_000, '10m'],
  [179 * 60_000, '179m'],
  [180 * 60_000, '3h'],
  [200 * 60_000, '3h20m'],
  [8 * 3_600_000, '8h'],
  [47 * 3_600_000, '47h'],
  [76 * 3_600_000, '3d4h'],
  [8 * 86_400_000, '8d'],
  [729 * 86_400_000, '729d'],
  [760 * 86_400_000, '2y30d'],
  [9 * 365 * 86_400_000, '9y'],
  [Number.NaN, '<unknown>'],
])('an age of %i ms is %s, as kubectl prints it', (ms, text) => {
  expect(age(ms)).toBe(text);
});

test.each([
  ['0', 0],
  ['30', 30_000],
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['250ms', 250],
  ['1.5h', 5_400_000],
])('the duration %s is %i ms', (text, ms) => {
  expect(durationMs(text, 'request-timeout')).toBe(ms);
});

test.each(['', 's', '5x', '-1s', '1m 30s', '1m30'])('"%s" is no duration', (text) => {
  expect(() => durationMs(text, 'request-timeout')).toThrow(`--request-timeout "${text}" is not a duration`);
});

test.each([
  ['stauts', 'status'],
  ['statu', 'status'],
  ['versoin', 'version'],
  ['xyz', undefined],
  ['s', undefined],
])('%s is taken for %s', (word, meant) => {
  expect(closest(word, ['status', 'version'])).toBe(meant);
});

test('structured output is JSON with two spaces, or YAML without anchors', async () => {
  const shared = ['a'];
  expect(await structuredText({ x: shared }, 'json')).toBe('{\n  "x": [\n    "a"\n  ]\n}\n');
  expect(await structuredText({ x: shared, y: shared }, 'yaml')).toBe('x:\n  - a\ny:\n  - a\n');
});
