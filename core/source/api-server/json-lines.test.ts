import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lines } from './json-lines.ts';

async function collect(chunks: readonly Buffer[]): Promise<string[]> {
  const stream = (async function* () {
    yield* chunks;
  })();
  const found: string[] = [];
  for await (const line of lines(stream)) found.push(line.toString());
  return found;
}

test('lines come out whole however the bytes are cut, half a line at the end is dropped', async () => {
  // Every code point but surrogates. Not unit 'binary': fast-check first makes a table of it, for seconds.
  const unit = fc
    .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
    .map((point) => String.fromCodePoint(point));
  const line = fc.string({ unit, maxLength: 12 }).map((s) => s.replaceAll('\n', ''));
  const text = fc.array(line, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.array(fc.nat(20), { maxLength: 12 }),
      fc.boolean(),
      async (wanted, cuts, ended) => {
        const bytes = Buffer.from(wanted.map((line) => `${line}\n`).join('') + (ended ? '' : 'half'));
        const chunks: Buffer[] = [];
        let rest = bytes;
        for (const cut of cuts) {
          chunks.push(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        expect(await collect([...chunks, rest])).toEqual(wanted);
      },
    ),
  );
});

test('a line without end is refused', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  await expect(collect(Array(65).fill(megabyte))).rejects.toMatchObject({ code: 'unavailable' });
});
