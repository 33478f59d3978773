import { randomBytes } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAsker } from './asker.ts';

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.removeListener('unhandledRejection', note);
});

const options = { now: () => performance.now(), random: randomBytes };

it('leaves no rejection to nobody when it is aborted before it begins', async () => {
  await openAsker(options, AbortSignal.abort());
  await turn();
  expect(unhandled).toEqual([]);
});

it('leaves none when it is aborted while it opens its first or its second socket', async () => {
  for (const turns of [0, 1, 2]) {
    const ending = new AbortController();
    const opened = openAsker(options, ending.signal);
    for (let each = 0; each < turns; each += 1) await Promise.resolve();
    ending.abort();
    await opened;
  }
  await turn();
  expect(unhandled).toEqual([]);
});
