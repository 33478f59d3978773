import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyedQueue, type ReconcileResult } from './keyed-queue.ts';

describe('the keyed queue', () => {
  let abort = new AbortController();
  beforeEach(() => {
    vi.useFakeTimers();
    abort = new AbortController();
  });
  afterEach(() => {
    abort.abort();
    vi.useRealTimers();
  });

  const queue = (reconcile: (key: string) => Promise<ReconcileResult | undefined>, concurrency = 2) => {
    const errors: unknown[] = [];
    const options = {
      reconcile,
      concurrency,
      random: () => 1,
      onError: (_: string, error: unknown) => errors.push(error),
    };
    return { ...keyedQueue(options, abort.signal), errors };
  };

  it('works on a key once, however often it is added before its turn', async () => {
    const seen: string[] = [];
    const { add } = queue(async (key) => void seen.push(key), 1);
    add('a');
    add('b');
    add('b');
    await vi.runAllTimersAsync();
    expect(seen).toEqual(['a', 'b']);
  });

  it('works again on a key that was added while it was worked on, and never twice at a time', async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const gates: (() => void)[] = [];
    const { add } = queue(async () => {
      calls++;
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => gates.push(resolve));
      running--;
    });
    add('a');
    add('a');
    await vi.advanceTimersByTimeAsync(0);
    gates.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    gates.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
    expect({ most, calls }).toEqual({ most: 1, calls: 2 });
  });

  it('tries a rejected key again with growing pauses until it succeeds', async () => {
    const at: number[] = [];
    const { add, errors } = queue(async () => {
      at.push(Date.now());
      if (at.length < 4) throw new Error('away');
    });
    add('a');
    await vi.runAllTimersAsync();
    expect(at.map((time) => time - (at[0] as number))).toEqual([0, 100, 300, 700]);
    expect(errors).toHaveLength(3);
  });

  it('calls again after the pause that a reconcile asks for', async () => {
    let calls = 0;
    const { add } = queue(async () => (++calls < 2 ? { requeueAfterMs: 5000 } : undefined));
    add('a');
    await vi.advanceTimersByTimeAsync(4999);
    expect(calls).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toBe(2);
  });

  it('starts nothing after the signal', async () => {
    let calls = 0;
    const { add, size } = queue(async () => {
      calls++;
      throw new Error('away');
    });
    add('a');
    await vi.advanceTimersByTimeAsync(0);
    abort.abort();
    add('b');
    await vi.advanceTimersByTimeAsync(60_000);
    expect({ calls, size: size() }).toEqual({ calls: 1, size: 0 });
  });
});
