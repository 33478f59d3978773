import { describe, expect, it } from 'vitest';
import type { Strategy } from '#sidecar/model/strategy.ts';
import { readStrategy, strangers } from './strategy.ts';

type Weight = Readonly<Record<string, number>>;
const read = (type: string, weight?: Weight, primaryGeoTag?: string) =>
  readStrategy({ type, weight, primaryGeoTag });
const reasons = (warnings: readonly { readonly reason: string }[]) => warnings.map(({ reason }) => reason);

describe('weights', () => {
  it.each<[string, Weight, Weight | undefined, string[]]>([
    ['are by geotag in lower case', { EU: 5, 'us-1': 0 }, { eu: 5, 'us-1': 0 }, []],
    ['may be 1000', { eu: 1000 }, { eu: 1000 }, []],
    ['above 1000 are left out', { eu: 1001, us: 1 }, { us: 1 }, ['WeightInvalid']],
    ['below 0 are left out', { eu: -1, us: 1 }, { us: 1 }, ['WeightInvalid']],
    ['that are no whole number are left out', { eu: 1.5, us: 1 }, { us: 1 }, ['WeightInvalid']],
    ['of what is no geotag are left out', { 'e u': 1, us: 1 }, { us: 1 }, ['WeightInvalid']],
    [
      'of a geotag that is too long are left out',
      { ['a'.repeat(64)]: 1, us: 1 },
      { us: 1 },
      ['WeightInvalid'],
    ],
    ['that stand twice count once, the first', { EU: 3, eu: 4 }, { eu: 3 }, ['WeightInvalid']],
    ['of which none can be used are none', { eu: 5000 }, undefined, ['WeightInvalid']],
    ['that are empty are none', {}, undefined, []],
  ])('%s', (_title, weight, weights, warnings) => {
    const understood = read('roundRobin', weight);
    expect(understood).toMatchObject({
      strategy: { type: 'roundRobin', ...(weights === undefined ? {} : { weights }) },
    });
    const { strategy, warnings: found } = understood as Exclude<typeof understood, { reason: string }>;
    expect('weights' in strategy).toBe(weights !== undefined);
    expect(reasons(found)).toEqual(warnings);
  });

  it.each(['failover', 'geoip'])('are remarked upon with %s', (type) => {
    expect(read(type, { eu: 1 }, 'eu')).toMatchObject({ warnings: [{ reason: 'WeightUnused' }] });
  });
});

it.each([undefined, ''])('failover with primary %j is served as k8gb does, with a warning', (primary) => {
  expect(read('failover', undefined, primary)).toMatchObject({
    strategy: { type: 'failover', primaryGeoTag: '' },
    warnings: [{ reason: 'MissingPrimaryGeoTag' }],
  });
});

it('geoip is taken', () => {
  expect(read('geoip')).toEqual({ strategy: { type: 'geoip' }, warnings: [] });
});

it.each<[string, Strategy, string[] | undefined, string | undefined]>([
  ['a primary is known', { type: 'failover', primaryGeoTag: 'eu' }, ['eu', 'us'], undefined],
  ['nobody is the primary', { type: 'failover', primaryGeoTag: 'uk' }, ['eu', 'us'], 'UnknownPrimaryGeoTag'],
  ['the fleet is not known', { type: 'failover', primaryGeoTag: 'uk' }, undefined, undefined],
  ['no primary was given', { type: 'failover', primaryGeoTag: '' }, ['eu', 'us'], undefined],
  ['every cluster has a weight', { type: 'roundRobin', weights: { eu: 1, us: 0 } }, ['eu', 'us'], undefined],
  [
    'a cluster has no weight',
    { type: 'roundRobin', weights: { eu: 1 } },
    ['eu', 'us', 'af'],
    'WeightMissing',
  ],
  ['there are no weights', { type: 'roundRobin' }, ['eu', 'us'], undefined],
])('where %s', (_title, strategy, geoTags, reason) => {
  const found = strangers(strategy, geoTags && new Set(geoTags));
  expect(reasons(found)).toEqual(reason === undefined ? [] : [reason]);
  if (reason === 'WeightMissing') expect(found[0]?.message).toContain('does not name af, us,');
});
