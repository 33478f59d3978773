import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFile } from './file-lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interspan-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quiet = () => undefined;

test('a second holder waits, says so, and gets the lock when the first lets go', async () => {
  const file = join(folder, 'new', 'lock');
  const first = await lockFile(file, quiet);
  const events: string[] = [];
  const saidSo = Promise.withResolvers<void>();
  const second = lockFile(file, () => {
    events.push('waits');
    saidSo.resolve();
  }).then((lock) => {
    events.push('has it');
    return lock;
  });
  await saidSo.promise;
  events.push('first lets go');
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  expect(events).toEqual(['waits', 'first lets go', 'has it']);
});

test('waiting ends with the signal, and the lock stays with its holder', async () => {
  const file = join(folder, 'lock');
  await using _ = await lockFile(file, quiet);
  const stop = new AbortController();
  const second = lockFile(file, quiet, stop.signal);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
});

test('a file that cannot be made is an error with the cause', async () => {
  await expect(lockFile('/proc/none', quiet)).rejects.toMatchObject({
    code: 'NO_LOCK',
    message: expect.stringContaining('/proc/none'),
  });
});
