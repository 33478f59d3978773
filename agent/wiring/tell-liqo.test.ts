import { expect, test } from 'vitest';
import { withLiqo } from './tell-liqo.ts';

const now = new Date('2026-01-01T00:00:00.123Z');
const time = '2026-01-01T00:00:00Z';

test('while Liqo is here a peering is not Ready for that reason, and what else was known stays', () => {
  const network = { type: 'NetworkReady', status: 'True', reason: 'Connected', message: 'm' };
  const ready = { type: 'Ready', status: 'True', reason: 'Peered', message: 'm' };
  const told = withLiqo([ready, network], 'it is here', now);
  expect(told).toEqual([
    network,
    {
      type: 'LiqoPresent',
      status: 'True',
      reason: 'LiqoPresent',
      message: 'it is here',
      lastTransitionTime: time,
    },
    {
      type: 'Ready',
      status: 'False',
      reason: 'LiqoPresent',
      message: 'it is here',
      lastTransitionTime: time,
    },
  ]);
  expect(withLiqo(told ?? [], 'it is here', new Date())).toBeUndefined();
});
