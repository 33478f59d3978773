import { setImmediate as nextRound } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('work is done in the order in which it came, so much in a round, and who has more waits for the others', async () => {
  const { request } = createTurns(2);
  const done: string[] = [];
  const client = (name: string, times: number) => {
    let left = times;
    const work = () => {
      done.push(name);
      left -= 1;
      if (left > 0) request(work);
    };
    request(work);
    request(work);
  };
  client('a', 3);
  client('b', 1);
  client('c', 2);
  expect(done).toEqual([]);
  await nextRound();
  expect(done.join('')).toBe('ab');
  await nextRound();
  expect(done.join('')).toBe('abca');
  for (let k = 0; k < 3; k += 1) await nextRound();
  expect(done.join('')).toBe('abcaca');
});

it('cancelled work is not done', async () => {
  const { request, cancel } = createTurns(2);
  const never = () => expect.fail('done');
  let isDone = false;
  request(never);
  request(() => {
    isDone = true;
  });
  cancel(never);
  await nextRound();
  expect(isDone).toBe(true);
  request(never);
  cancel(never);
  await nextRound();
});
