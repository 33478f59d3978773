import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arena } from './arena.ts';

describe('the arena', () => {
  it('never hands out an octet twice, whatever is freed in between', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 20_000 })), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (edits) => {
        const arena = new Arena(64);
        const blocks: { at: number; size: number; mark: number }[] = [];
        for (const [isAllocated, size] of edits) {
          if (isAllocated || blocks.length === 0) {
            const block = { at: arena.allocate(size), size, mark: blocks.length % 251 };
            arena.bytes.fill(block.mark, block.at, block.at + size);
            blocks.push(block);
          } else {
            const [block] = blocks.splice(size % blocks.length, 1);
            if (block !== undefined) arena.free(block.at, block.size);
          }
        }
        for (const { at, size, mark } of blocks) {
          expect(at).toBeGreaterThan(0);
          expect(at + size).toBeLessThanOrEqual(arena.bytes.length);
          expect(arena.bytes.subarray(at, at + size).every((octet) => octet === mark)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('takes no new memory for replacing records over and over', () => {
    const arena = new Arena(64);
    let at = arena.allocate(100);
    for (let k = 0; k < 10_000; k += 1) {
      const size = 100 + 400 * (k % 2);
      const previous = 100 + 400 * ((k + 1) % 2);
      const next = arena.allocate(size);
      arena.free(at, k === 0 ? 100 : previous);
      at = next;
    }
    expect(arena.bytes.length).toBeLessThanOrEqual(2048);
    expect(arena.sizeBytes).toBeLessThanOrEqual(512);
  });

  it('says when a record may stay where it is', () => {
    const arena = new Arena();
    expect([arena.fits(90, 96), arena.fits(97, 96), arena.fits(40, 96)]).toEqual([true, false, false]);
  });
});
