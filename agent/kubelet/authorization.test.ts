import { expect, test } from 'vitest';
import { cachedAuthorization } from './authorization.ts';

test('a yes is believed for 30 s, a no for 5 s, a failure not at all, and by user and groups', async () => {
  let nowMs = 0;
  let answer: boolean | Error = true;
  let asked = 0;
  const authorize = cachedAuthorization(
    async () => {
      asked++;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    () => nowMs,
  );
  const admin = { name: 'admin', groups: ['masters'] };
  expect(await Promise.all([authorize(admin), authorize(admin)])).toEqual([true, true]);
  expect(asked).toBe(1);
  answer = false;
  nowMs = 29_999;
  expect(await authorize(admin)).toBe(true);
  nowMs = 30_000;
  expect(await authorize(admin)).toBe(false);
  answer = true;
  nowMs = 34_999;
  expect(await authorize(admin)).toBe(false);
  expect(await authorize({ ...admin, groups: [] })).toBe(true);
  answer = new Error('away');
  nowMs = 35_000;
  await expect(authorize(admin)).rejects.toThrow('away');
  answer = true;
  expect(await authorize(admin)).toBe(true);
});
