import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { decode } from './decode.ts';
import { type Memory, startMemory } from './start-memory.ts';
import { state, zone } from './state.fixture.ts';

let directory: string;
let path: string;
let serial: number;
let ageMs: number;
let logged: string[];
let memory: Memory;

beforeEach(() => {
  // Only timers: files take the time that they take.
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  directory = mkdtempSync(join(tmpdir(), 'memory-'));
  path = join(directory, 'memory', 'state');
  serial = 1;
  ageMs = 0;
  logged = [];
  const log = (_: object, message: string) => logged.push(message);
  memory = startMemory({
    path,
    owner: () => ({ geoTag: 'eu', uid: 'c1' }),
    read: () => ({ ...state, zones: [{ ...zone, serial }] }),
    ageMs: () => ageMs,
    now: () => performance.now(),
    wallMs: Date.now,
    log: { debug: log, info: log, warn: log, error: log },
  });
});
afterEach(async () => {
  await memory.close();
  vi.useRealTimers();
  rmSync(directory, { recursive: true, force: true });
});

/** Moves the clock; then until so many writes ended. */
async function pass(ms: number, ended: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  const { written, failed } = memory.statistics();
  if (written + failed < ended) {
    await new Promise((resolve) => setImmediate(resolve));
    await pass(0, ended);
  }
}
const settle = async () => {
  for (let k = 0; k < 20; k += 1) await new Promise((resolve) => setImmediate(resolve));
};
const change = () => {
  serial += 1;
  memory.touch();
};
const onDisk = () => decode(readFileSync(path));

it('writes soon after a change, for its owner alone, and leaves nothing beside it', async () => {
  memory.touch();
  await pass(50, 1);
  expect(onDisk()).toMatchObject({ state: { zones: [{ ...zone, serial }] } });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(path))).toEqual(['state']);
});

it('writes at most once a second, and then what is the last', async () => {
  memory.touch();
  await pass(50, 1);
  await settle();
  change();
  change();
  await pass(900, 1);
  await settle();
  expect(memory.statistics().written).toBe(1);
  await pass(100, 2);
  expect(onDisk()).toMatchObject({ state: { zones: [{ serial: 3 }] } });
});

it('does not write what stands there', async () => {
  memory.touch();
  await pass(50, 1);
  const { ino } = statSync(path);
  await settle();
  memory.touch();
  await pass(2_000, 1);
  await settle();
  expect([memory.statistics().written, statSync(path).ino]).toEqual([1, ino]);
});

it('writes at the end what is not written yet', async () => {
  memory.touch();
  await memory.close();
  expect(onDisk()).toMatchObject({ owner: { geoTag: 'eu' } });
});

it('says when the source last confirmed what stands there, while it stays as it is', async () => {
  memory.touch();
  await pass(50, 1);
  await settle();
  ageMs = 7_000;
  const confirmedAtMs = Date.now() - 50 + 60_000 - ageMs;
  await vi.advanceTimersByTimeAsync(59_950);
  while (memory.statistics().confirmedAtMs !== confirmedAtMs) await settle();
  expect(Math.round(statSync(path).mtimeMs)).toBe(confirmedAtMs);
  expect(memory.statistics().written).toBe(1);
});

it('writes again what somebody took away', async () => {
  memory.touch();
  await pass(50, 1);
  await settle();
  rmSync(path);
  // Files take the time that they take: the clock goes on until it is seen.
  while (memory.statistics().written < 2) {
    await vi.advanceTimersByTimeAsync(5_000);
    await settle();
  }
  expect(onDisk()).toHaveProperty('state');
});

it('tells a folder that cannot be written once, and writes when it can be', async () => {
  writeFileSync(join(directory, 'memory'), 'a file');
  memory.touch();
  await pass(50, 1);
  await settle();
  await pass(2_000, 2);
  await settle();
  expect(memory.statistics()).toMatchObject({ written: 0, failed: 2, confirmedAtMs: undefined });
  expect(logged).toHaveLength(1);
  rmSync(join(directory, 'memory'));
  await pass(4_000, 3);
  await settle();
  expect(memory.statistics()).toMatchObject({ written: 1, failed: 2 });
  expect(logged).toEqual([
    'the state cannot be kept on disk: a restart would begin with an older one',
    'the state is kept on disk again',
  ]);
});
