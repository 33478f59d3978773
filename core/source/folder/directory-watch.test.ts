import { EventEmitter } from 'node:events';
import type { FSWatcher } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DirectoryWatch, type DirectoryWatchOptions } from './directory-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A system that reports changes when the test says so. */
class Watcher extends EventEmitter {
  closed = false;
  close(): void {
    this.closed = true;
  }
}

function setUp(
  directories: () => ReadonlyMap<string, number> = () => new Map([['/f', 1]]),
  unsettled: () => boolean = () => false,
) {
  const looks: number[] = [];
  const watchers: Watcher[] = [];
  const touches: (() => void)[] = [];
  const watch = ((_: string, listener: () => void) => {
    const watcher = new Watcher();
    watchers.push(watcher);
    touches.push(listener);
    return watcher as unknown as FSWatcher;
  }) as unknown as NonNullable<DirectoryWatchOptions['watch']>;
  const look = async () => {
    looks.push(performance.now());
    return { directories: directories(), unsettled: unsettled() };
  };
  const watched = new DirectoryWatch({ look, watch, onRefused: () => undefined });
  return { looks, watchers, touch: () => touches.at(-1)?.(), watched };
}

test('it looks at the start, once more when watching has begun, and every 2 s with no event at all', async () => {
  const { looks, watched } = setUp();
  await watched.start();
  expect(looks).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(100);
  expect(looks).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(6000);
  expect(looks).toHaveLength(5);
  watched[Symbol.dispose]();
});

test('it looks 100 ms after the last event, and after a second at the latest', async () => {
  const { looks, touch, watched } = setUp();
  await watched.start();
  await vi.advanceTimersByTimeAsync(500);
  looks.length = 0;
  const begin = performance.now();
  touch();
  await vi.advanceTimersByTimeAsync(60);
  touch();
  await vi.advanceTimersByTimeAsync(99);
  expect(looks).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(looks).toEqual([begin + 160]);
  for (let i = 0; i < 30; i++) {
    touch();
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(looks[1]).toBe(begin + 1160);
  watched[Symbol.dispose]();
});

test('a directory that was replaced is watched anew, and nothing is left after the end', async () => {
  let inode = 1;
  const { watchers, watched } = setUp(() => new Map([['/f', inode]]));
  await watched.start();
  inode = 2;
  await vi.advanceTimersByTimeAsync(2100);
  expect(watchers.map((watcher) => watcher.closed)).toEqual([true, false]);
  watched[Symbol.dispose]();
  expect(watchers.map((watcher) => watcher.closed)).toEqual([true, true]);
  expect(vi.getTimerCount()).toBe(0);
});

test('it looks again soon while something is being written', async () => {
  let unsettled = true;
  const { looks, watched } = setUp(undefined, () => unsettled);
  await watched.start();
  await vi.advanceTimersByTimeAsync(400);
  expect(looks).toHaveLength(5);
  unsettled = false;
  await vi.advanceTimersByTimeAsync(1500);
  expect(looks).toHaveLength(6);
  watched[Symbol.dispose]();
});

test('a system that refuses to watch is said once, and looked at four times a second until it does', async () => {
  let looks = 0;
  let refusing = true;
  const onRefused = vi.fn();
  const watched = new DirectoryWatch({
    look: async () => {
      looks++;
      return { directories: new Map([['/f', 1]]), unsettled: false };
    },
    watch: (() => {
      if (refusing) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      return new Watcher();
    }) as unknown as NonNullable<DirectoryWatchOptions['watch']>,
    onRefused,
  });
  await watched.start();
  await vi.advanceTimersByTimeAsync(2000);
  expect(looks).toBe(9);
  expect(onRefused).toHaveBeenCalledTimes(1);
  refusing = false;
  await vi.advanceTimersByTimeAsync(4000);
  // At 2.25 s, once more as watching has begun, and at 4.35 s.
  expect(looks).toBe(12);
  watched[Symbol.dispose]();
});

test('a folder that is not there is looked for four times a second, however much time others take meanwhile', async () => {
  // Ten seconds pass between any two looks at the clock: a machine that is busy with other work.
  let passed = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (passed += 10_000));
  vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 0, system: 0 });
  let looks = 0;
  const watched = new DirectoryWatch({
    look: async () => {
      looks++;
      return { directories: new Map(), unsettled: false };
    },
    onRefused: () => undefined,
  });
  await watched.start();
  await vi.advanceTimersByTimeAsync(2000);
  expect(looks).toBe(9);
  watched[Symbol.dispose]();
  vi.restoreAllMocks();
});
