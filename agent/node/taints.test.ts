import { expect, test } from 'vitest';
import { ourTaints, withOurTaints } from './taints.ts';

const now = '2026-01-01T00:00:00Z';
const allowed = { key: 'virtual-node.liqo.io/not-allowed', value: 'true', effect: 'NoExecute' };
const lost = { key: 'offloading.interspan.dev/provider-unreachable', effect: 'NoExecute' };
const theirs = { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: now };
const added = (taint: object) => ({ ...taint, timeAdded: now });

test.each([
  { name: 'nothing to do', found: [theirs, allowed], isLost: false, want: undefined },
  { name: 'nothing to do while lost', found: [lost, allowed], isLost: true, want: undefined },
  { name: 'ours is missing', found: [theirs], isLost: false, want: [theirs, added(allowed)] },
  { name: 'no taint at all', found: [], isLost: true, want: [added(allowed), added(lost)] },
  {
    name: 'the provider was lost',
    found: [allowed, theirs],
    isLost: true,
    want: [allowed, theirs, added(lost)],
  },
  { name: 'the provider is back', found: [lost, allowed, theirs], isLost: false, want: [allowed, theirs] },
  {
    name: 'ours has another value',
    found: [{ ...allowed, value: 'no' }, theirs],
    isLost: false,
    want: [theirs, added(allowed)],
  },
  {
    name: 'ours has another effect beside it',
    found: [allowed, { ...allowed, effect: 'NoSchedule' }],
    isLost: false,
    want: [allowed],
  },
])('taints: $name', ({ found, isLost, want }) => {
  expect(withOurTaints(found, isLost, now)).toEqual(want);
});

test('what was written needs no second write', () => {
  for (const isLost of [false, true]) {
    expect(withOurTaints(withOurTaints([theirs], isLost, now) ?? [], isLost, now)).toBeUndefined();
    expect(withOurTaints(ourTaints(isLost), isLost, now)).toBeUndefined();
  }
});
