import { expect, test } from 'vitest';
import { confirm } from './confirm.ts';

const ask = async (yes: boolean, answer?: string) => {
  let err = '';
  const io = {
    stderr: { write: (text: string) => (err += text) },
    signal: new AbortController().signal,
    ...(answer === undefined
      ? {}
      : { stdin: { isTTY: true, text: async () => '', line: async () => answer } }),
  };
  return { agreed: await confirm(['It goes:', '  a'], yes, io), err };
};

test.each([
  ['y', true],
  [' YES ', true],
  ['n', false],
  ['', false],
  ['yep', false],
])('%j means %j, after the plan is shown', async (answer, agreed) => {
  const asked = await ask(false, answer);
  expect(asked.agreed).toBe(agreed);
  expect(asked.err).toContain('It goes:\n  a\nAre you sure you want to continue? [y/N] ');
});

test('--yes shows the plan and does not ask', async () => {
  expect(await ask(true)).toEqual({ agreed: true, err: 'It goes:\n  a\n' });
});

test('nobody to ask: refused', async () => {
  await expect(ask(false)).rejects.toMatchObject({ exitCode: 2, hint: expect.stringContaining('--yes') });
});
