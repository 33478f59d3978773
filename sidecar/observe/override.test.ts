import { expect, it } from 'vitest';
import { Overrides, type ShownOverride, type WrittenOverride } from './override.ts';

const noon = Date.parse('2026-01-01T12:00:00Z');
const at = (nowMs: number) => ({ origin: 'GslbCluster us', about: '', nowMs });
const drained: WrittenOverride = { state: 'Drained' };
const shown = (since: string, until?: string): ShownOverride => ({
  state: 'Drained',
  since,
  ...(until === undefined ? {} : { until }),
});

it.each<[string, WrittenOverride | undefined, object | undefined]>([
  ['none', undefined, undefined],
  [
    'a drain without end',
    drained,
    { state: 'drained', untilMs: Number.POSITIVE_INFINITY, sinceMs: noon, reason: '', breakGlass: false },
  ],
  [
    'a drain with everything',
    { ...drained, until: '2026-01-01T13:00:00Z', reason: 'upgrade', breakGlass: true },
    { untilMs: noon + 3_600_000, reason: 'upgrade', breakGlass: true, origin: 'GslbCluster us' },
  ],
  ['one that ends now', { ...drained, until: '2026-01-01T12:00:00Z' }, undefined],
  ['one whose end cannot be read', { ...drained, until: 'tomorrow' }, undefined],
  ['a state that nobody knows', { state: 'Off' }, undefined],
])('reads %s', (_title, written, expected) => {
  const found = new Overrides().read(written, undefined, at(noon));
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

it.each<[string, ShownOverride | undefined, number]>([
  ['nothing is shown', undefined, noon],
  ['the status shows it', shown('2026-01-01T11:00:00Z'), noon - 3_600_000],
  ['the status shows one that has ended', shown('2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z'), noon],
  ['the status shows a time to come', shown('2026-01-01T13:00:00Z'), noon],
  ['the status shows no time', { state: 'Drained', since: 'soon' }, noon],
])('says since when, where %s', (_title, status, sinceMs) => {
  expect(new Overrides().read(drained, status, at(noon))?.sinceMs).toBe(sinceMs);
});

it('goes on when its end or reason is changed', () => {
  const overrides = new Overrides();
  overrides.read(drained, undefined, at(noon));
  const later = overrides.read({ ...drained, reason: 'other' }, undefined, at(noon + 5000));
  expect(later).toMatchObject({ sinceMs: noon, reason: 'other' });
});

it('begins anew when it was taken away, although the status still shows the old one', () => {
  const overrides = new Overrides();
  const old = shown('2026-01-01T11:00:00Z');
  overrides.read(drained, old, at(noon));
  overrides.read(undefined, old, at(noon + 1000));
  expect(overrides.read(drained, old, at(noon + 2000))?.sinceMs).toBe(noon + 2000);
});

it('forgets those of an object that is gone, and no others', () => {
  const overrides = new Overrides();
  const other = { origin: 'GslbCluster us-2', about: '', nowMs: noon };
  overrides.read(drained, undefined, at(noon));
  overrides.read(drained, undefined, other);
  overrides.forget('GslbCluster us');
  expect(overrides.read(drained, undefined, at(noon + 1))?.sinceMs).toBe(noon + 1);
  expect(overrides.read(drained, undefined, { ...other, nowMs: noon + 1 })?.sinceMs).toBe(noon);
});
