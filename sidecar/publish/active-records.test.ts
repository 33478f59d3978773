import { expect, it } from 'vitest';
import { activeRecords } from './active-records.ts';
import { decisionOf, gslb, gslbView, hostView } from './gslb.fixture.ts';
import { gslbStatus } from './gslb-status.ts';

const host = 'app.example.com';
const record = { geoTag: 'us', epoch: 3, sinceMs: 1_700_000_000_000, reason: 'eu is dead' };
const written = (active: typeof record) =>
  gslb({
    status: gslbStatus({
      geoTag: 'eu',
      view: gslbView([hostView(host)]),
      decision: () => ({ ...decisionOf(host, []), active }),
      previous: undefined,
      now: '',
    }),
  });

it('a record that was written to a status is read back from it', () => {
  expect(activeRecords([written(record)])).toEqual(new Map([[host, record]]));
});

it('of two Gslbs with one host the higher epoch counts', () => {
  const older = { ...record, geoTag: 'za', epoch: 2 };
  for (const order of [
    [older, record],
    [record, older],
  ])
    expect(activeRecords(order.map(written)).get(host)).toEqual(record);
});

it.each([
  ['an epoch that is no number', { epoch: Number.NaN }],
  ['a negative epoch', { epoch: -1 }],
  ['a time that is none', { since: 'yesterday' }],
  ['an empty geotag', { geoTag: '' }],
])('%s is left out', (_title, odd) => {
  const { status } = written(record);
  const active = { [host]: { geoTag: 'us', epoch: 1, since: '2026-01-01T00:00:00Z', reason: '', ...odd } };
  expect(activeRecords([gslb({ status: { ...status, active } as never })]).size).toBe(0);
});

it('a time that no calendar has is written as the nearest that one has', () => {
  const since = (sinceMs: number) => written({ ...record, sinceMs }).status?.active?.[host]?.since;
  expect([since(Number.POSITIVE_INFINITY), since(-5), since(Number.NaN)]).toEqual([
    '9999-12-31T23:59:59Z',
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
  ]);
});
