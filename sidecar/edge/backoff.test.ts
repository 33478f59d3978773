import { describe, expect, it } from 'vitest';
import { retryPauseMs } from './backoff.ts';

describe('pause before a retry', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [5, 16_000],
    [6, 30_000],
    [5_000, 30_000],
  ])('after %i failures is at most %i ms and at least half of it', (failures, fullMs) => {
    expect(retryPauseMs(failures, () => Uint8Array.of(0))).toBe(fullMs);
    expect(retryPauseMs(failures, () => Uint8Array.of(255))).toBe((fullMs * 257) / 512);
  });
});
