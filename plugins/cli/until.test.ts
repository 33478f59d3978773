import { expect, test } from 'vitest';
import { SourceError } from '#core/source/errors.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { type Look, until } from './until.ts';

const options = { what: 'the thing', timeoutMs: 5000, hint: 'look there', everyMs: 1 };
const never = new AbortController().signal;

test('looks until it is done, and through an API server that is away', async () => {
  const looks: (() => Look<string>)[] = [
    () => ({ waiting: 'not yet' }),
    () => {
      throw new SourceError('unavailable', 'away');
    },
    () => ({ done: 'here' }),
  ];
  expect(
    await until(async () => (looks.shift() as () => Look<string>)(), { ...options, signal: never }),
  ).toBe('here');
});

test('a refusal is not waited out', async () => {
  const look = () => Promise.reject(new SourceError('forbidden', 'you may not'));
  await expect(until(look, { ...options, signal: never })).rejects.toThrow('you may not');
});

test('gives up with what was waited for and the last cause; exit code 4', async () => {
  const error: unknown = await until(async () => ({ waiting: 'nobody came' }), {
    ...options,
    timeoutMs: 5,
    signal: never,
  }).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(CliError);
  expect(error).toMatchObject({
    exitCode: 4,
    message: 'gave up after 0.005 s waiting for the thing: nobody came',
    hint: 'look there',
  });
});

test('says, when it is interrupted, what is no longer waited for', async () => {
  const stop = new AbortController();
  const waiting = until(async () => ({ waiting: 'x' }), { ...options, everyMs: 60_000, signal: stop.signal });
  stop.abort(new Error('Ctrl-C'));
  await expect(waiting).rejects.toMatchObject({
    code: 'interrupted',
    message: 'no longer waiting for the thing: it has just begun',
    hint: options.hint,
  });
});
