import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type KeyedQueueOptions, keyedQueue, type ReconcileResult } from './keyed-queue.ts';

let ended: AbortController;
beforeEach(() => {
  vi.useFakeTimers();
  ended = new AbortController();
});
afterEach(() => {
  ended.abort();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A queue whose reconciles end when the test says so. */
function setUp(more: Partial<KeyedQueueOptions> = {}) {
  const begun: string[] = [];
  const failed: [string, number][] = [];
  const open = new Map<string, PromiseWithResolvers<ReconcileResult | undefined>>();
  const options: KeyedQueueOptions = {
    reconcile: (key) => {
      begun.push(key);
      const run = Promise.withResolvers<ReconcileResult | undefined>();
      open.set(key, run);
      return run.promise;
    },
    concurrency: 2,
    onError: (key, _, failures) => void failed.push([key, failures]),
    random: () => 0,
    ...more,
  };
  const queue = keyedQueue(options, ended.signal);
  const settle = async (key: string, result: ReconcileResult | Error = {}): Promise<void> => {
    const run = open.get(key);
    if (result instanceof Error) run?.reject(result);
    else run?.resolve(result);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { queue, begun, failed, settle };
}

test('a key that is added often before it begins is reconciled once, in order, so many at a time', async () => {
  const { queue, begun, settle } = setUp();
  for (const key of ['a', 'b', 'c', 'd', 'c']) queue.add(key);
  expect(begun).toEqual(['a', 'b']);
  expect(queue.stats()).toMatchObject({ waiting: 2, running: 2 });
  await settle('b');
  expect(begun).toEqual(['a', 'b', 'c']);
  await settle('a');
  await settle('c');
  await settle('d');
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  expect(queue.stats()).toEqual({ waiting: 0, running: 0, delayed: 0, failing: 0 });
});

test('a key that is added while it runs runs once more, after, and holds up no other', async () => {
  const { queue, begun, settle } = setUp();
  queue.add('a');
  queue.add('a');
  queue.add('a');
  queue.add('b');
  expect(begun).toEqual(['a', 'b']);
  await settle('a');
  expect(begun).toEqual(['a', 'b', 'a']);
  await settle('a');
  await settle('b');
  expect(begun).toEqual(['a', 'b', 'a']);
});

test.each<[string, number, readonly number[]]>([
  ['least', 0, [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 20_000, 20_000]],
  ['most', 1, [150, 300, 600, 1200, 2400, 4800, 9600, 19_200, 30_000, 30_000]],
])(
  'a failure is tried again ever later, at %s so, and forgotten after a success',
  async (_, random, waits) => {
    const { queue, begun, failed, settle } = setUp({ random: () => random });
    queue.add('a');
    for (const wait of waits) {
      await settle('a', new Error('no'));
      expect(queue.stats()).toMatchObject({ failing: 1, delayed: 1 });
      const count = begun.length;
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(begun).toHaveLength(count);
      await vi.advanceTimersByTimeAsync(1);
      expect(begun).toHaveLength(count + 1);
    }
    await settle('a');
    queue.add('a');
    await settle('a', new Error('no'));
    expect(failed.map(([, failures]) => failures)).toEqual([...waits.map((_, index) => index + 1), 1]);
  },
);

test('what an API server asks to wait is waited for', async () => {
  const { queue, begun, settle } = setUp();
  queue.add('a');
  await settle('a', Object.assign(new Error('429'), { retryAfterMs: 5000 }));
  await vi.advanceTimersByTimeAsync(4999);
  expect(begun).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toHaveLength(2);
});

test('a change does not wait for the retry', async () => {
  const { queue, begun, settle } = setUp();
  queue.add('a');
  await settle('a', new Error('no'));
  queue.add('a');
  expect(begun).toEqual(['a', 'a']);
  await settle('a');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(begun).toEqual(['a', 'a']);
});

test('requeueAfterMs brings a key back once', async () => {
  const { queue, begun, settle } = setUp();
  queue.add('a');
  await settle('a', { requeueAfterMs: 1000 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(begun).toEqual(['a', 'a']);
  await settle('a');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(begun).toEqual(['a', 'a']);
});

test('after the abort nothing begins, and drained waits for what runs', async () => {
  const { queue, begun, failed, settle } = setUp();
  for (const key of ['a', 'b', 'c']) queue.add(key);
  await settle('a', { requeueAfterMs: 10 });
  let drained = false;
  void queue.drained.then(() => {
    drained = true;
  });
  ended.abort();
  queue.add('d');
  await settle('b', new Error('aborted'));
  expect(drained).toBe(false);
  await settle('c');
  expect(drained).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(begun).toEqual(['a', 'b', 'c']);
  expect(failed).toEqual([]);
});

test('a queue that is aborted while idle is drained', async () => {
  const { queue } = setUp();
  ended.abort();
  await expect(queue.drained).resolves.toBeUndefined();
});
