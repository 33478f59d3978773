import { expect, test } from 'vitest';
import { UnknownResourceError } from '#core/source/api-server/response-error.ts';
import { SourceError } from './errors.ts';
import { found, foundAll, foundWhereServed } from './found.ts';
import { ignoring } from './ignoring.ts';

const absent = new SourceError('notFound', 'no such object');
const unserved = new UnknownResourceError('notFound', 'no such kind');
const refused = new SourceError('forbidden', 'you may not');

test('what is there is found', async () => {
  expect(await found(Promise.resolve('it'))).toBe('it');
  expect(await foundWhereServed(Promise.resolve('it'))).toBe('it');
  expect(await foundAll(Promise.resolve(['it']))).toEqual(['it']);
});

test('what is not there is undefined, and a list of it empty', async () => {
  for (const error of [absent, unserved]) {
    expect(await found(Promise.reject(error))).toBeUndefined();
    expect(await foundAll(Promise.reject(error))).toEqual([]);
  }
  expect(await foundWhereServed(Promise.reject(absent))).toBeUndefined();
});

test('of a kind that is not served, nothing is known', async () => {
  await expect(foundWhereServed(Promise.reject(unserved))).rejects.toBe(unserved);
});

test('a refusal is not an absence', async () => {
  for (const look of [found, foundAll, foundWhereServed])
    await expect(look(Promise.reject(refused))).rejects.toBe(refused);
});

test('only the named refusals of a write are ignored', async () => {
  await ignoring('notFound', Promise.reject(absent));
  await ignoring(['conflict', 'notFound'], Promise.reject(absent));
  await expect(ignoring('conflict', Promise.reject(absent))).rejects.toBe(absent);
  const other = Object.assign(new Error('somebody else'), { code: 'notFound' });
  await expect(ignoring('notFound', Promise.reject(other))).rejects.toBe(other);
});
