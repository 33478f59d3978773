import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LinkState, ProviderLink } from '#agent/model/provider-link.ts';
import { startDrain } from './drain.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(first: LinkState = { kind: 'connected' }) {
  let state = first;
  const listeners = new Set<() => void>();
  const ended = new AbortController();
  const link = {
    clusterID: 'us',
    state: () => state,
    onChange: (listener: () => void) => void listeners.add(listener),
    signal: ended.signal,
  } as unknown as ProviderLink;
  const set = (next: LinkState): void => {
    state = next;
    for (const listener of listeners) listener();
  };
  const onDone = vi.fn();
  const onError = vi.fn();
  const begin = (work: (_: ProviderLink, signal: AbortSignal) => Promise<void>) =>
    startDrain({ link, work, onDone, onError });
  return { begin, set, onDone, onError, ended };
}
const lost: LinkState = { kind: 'unreachable', sinceMs: 0, message: '' };
const never = (): Promise<void> => new Promise(() => undefined);

test('it is done when the work is, once', async () => {
  const { begin, onDone } = setUp();
  const drain = begin(async () => undefined);
  await vi.advanceTimersByTimeAsync(0);
  expect(drain.done()).toBe(true);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(onDone).toHaveBeenCalledTimes(1);
});

test('work that does not end is cut after 60 s, heeded or not', async () => {
  const { begin, onDone } = setUp();
  let cut: AbortSignal | undefined;
  const drain = begin((_, signal) => {
    cut = signal;
    return never();
  });
  await vi.advanceTimersByTimeAsync(59_999);
  expect([drain.done(), cut?.aborted]).toEqual([false, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect([drain.done(), cut?.aborted]).toEqual([true, true]);
  expect(onDone).toHaveBeenCalledTimes(1);
});

test('with the provider away it has 10 s', async () => {
  const { begin } = setUp(lost);
  const drain = begin(never);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(drain.done()).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(drain.done()).toBe(true);
});

test('so it has from the moment that the provider goes away', async () => {
  const { begin, set } = setUp();
  const drain = begin(never);
  await vi.advanceTimersByTimeAsync(5000);
  set(lost);
  await vi.advanceTimersByTimeAsync(5000);
  set(lost);
  expect(drain.done()).toBe(false);
  await vi.advanceTimersByTimeAsync(5000);
  expect(drain.done()).toBe(true);
});

test('work that fails is done too, and said', async () => {
  const { begin, onError } = setUp();
  const drain = begin(async () => {
    throw new Error('no');
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(drain.done()).toBe(true);
  expect(onError).toHaveBeenCalledTimes(1);
});

test('it ends with the link, and leaves no timer', () => {
  const { begin, ended } = setUp();
  const drain = begin(never);
  ended.abort();
  expect(drain.done()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
