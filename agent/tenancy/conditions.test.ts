import { expect, test } from 'vitest';
import { timeText, trueSince, withVerdicts } from './conditions.ts';

const verdict = (status: 'True' | 'False', reason = 'Because') => ({
  type: 'Silent',
  status,
  reason,
  message: '',
});

test("a condition's time moves with its status only, and other conditions stay", () => {
  const other = { type: 'Other', status: 'Established' };
  const first = withVerdicts([other], [verdict('True')], 1000);
  expect(first).toEqual([other, { ...verdict('True'), lastTransitionTime: '1970-01-01T00:00:01Z' }]);
  const same = withVerdicts(first, [verdict('True', 'Still')], 5000);
  expect(trueSince(same, 'Silent')).toBe(1000);
  const turned = withVerdicts(same, [verdict('False')], 5000);
  expect(turned[1]?.lastTransitionTime).toBe(timeText(5000));
  expect(trueSince(turned, 'Silent')).toBeUndefined();
});

test('a True without a readable time has been so for ever', () => {
  expect(trueSince([{ type: 'Silent', status: 'True', lastTransitionTime: 'never' }], 'Silent')).toBe(0);
  expect(trueSince(undefined, 'Silent')).toBeUndefined();
});
