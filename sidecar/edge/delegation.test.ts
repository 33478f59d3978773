import { describe, expect, it } from 'vitest';
import type { Delegation } from '#sidecar/model/delegation.ts';
import { type Belief, believe } from './delegation.ts';

const listing = (...geoTags: string[]): Delegation => ({
  zone: 'cloud.example.com',
  members: geoTags.map((geoTag) => ({
    nsName: `gslb-ns-${geoTag}-cloud.example.com`,
    geoTag,
    addresses: [],
  })),
});
const both = listing('eu', 'us');
const since = (delegation: Delegation, emptySinceMs?: number): Belief => ({ delegation, emptySinceMs });

describe('what is believed of a delegation', () => {
  it.each<[string, Belief | undefined, Delegation, Belief]>([
    ['the first reading', undefined, both, since(both)],
    ['an empty first reading', undefined, listing(), since(listing())],
    ['a member less', since(both), listing('eu'), since(listing('eu'))],
    ['an empty set after a full one: not yet', since(both), listing(), since(both, 100_000)],
    ['an empty set for 59 s: not yet', since(both, 41_000), listing(), since(both, 41_000)],
    ['an empty set for 60 s', since(both, 40_000), listing(), since(listing())],
    ['a full one again', since(both, 50_000), listing('us'), since(listing('us'))],
  ])('%s', (_title, before, read, after) => {
    expect(believe(before, read, 100_000)).toEqual(after);
  });

  it('keeps the identity of what did not change', () => {
    expect(believe(since(both), listing('eu', 'us'), 0).delegation).toBe(both);
  });
});
