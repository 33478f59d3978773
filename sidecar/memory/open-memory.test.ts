import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encode } from './encode.ts';
import { openMemory } from './open-memory.ts';
import { state } from './state.fixture.ts';

const eu = { geoTag: 'eu', uid: 'c1' };
const nowMs = 10 * 86_400_000;
let directory: string;
let path: string;
let warnings: string[];
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_: object, message: string) => warnings.push(message),
  error: () => undefined,
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'memory-'));
  path = join(directory, 'memory', 'state');
  warnings = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = async ({ ageMs = 0, owner = eu } = {}) => {
  const { bytes } = await encode(
    owner,
    state,
    () => 0,
    async () => undefined,
  );
  mkdirSync(join(directory, 'memory'), { recursive: true });
  writeFileSync(path, bytes);
  const seconds = (nowMs - ageMs) / 1000;
  utimesSync(path, seconds, seconds);
};
const open = (owner = eu) => openMemory({ directory, owner, nowMs, log });

it('finds nothing at first, and makes a folder that nobody else may enter', () => {
  expect(open()).toEqual({ path, saved: undefined });
  expect(statSync(join(directory, 'memory')).mode & 0o777).toBe(0o700);
  expect(warnings).toEqual([]);
});

it('finds what was kept, and when it was last confirmed', async () => {
  await write({ ageMs: 60_000 });
  expect(open().saved).toEqual({ owner: eu, state, confirmedAtMs: nowMs - 60_000 });
  expect(warnings).toEqual([]);
});

it('takes what is of this geotag while the cluster is not known', async () => {
  await write();
  expect(open({ geoTag: 'eu', uid: '' }).saved).toMatchObject({ owner: eu });
});

it.each([
  ['of another geotag', {}, { geoTag: 'us', uid: 'c1' }, 'it is of geotag eu, and this is us'],
  ['of another cluster', {}, { geoTag: 'eu', uid: 'c2' }, 'it is of cluster c1, and this is c2'],
  ['too old', { ageMs: 3.5 * 86_400_000 }, eu, 'it is 3.5 days old'],
])('keeps aside what is %s', async (_, written, owner, why) => {
  await write(written);
  expect(open(owner).saved).toBeUndefined();
  expect(warnings).toEqual([`the saved state is not used: ${why}; it is kept aside`]);
  expect([existsSync(path), existsSync(`${path}.refused`)]).toEqual([false, true]);
});

it('keeps aside what is broken, once', async () => {
  await write();
  writeFileSync(path, readFileSync(path).subarray(0, 500));
  expect(open().saved).toBeUndefined();
  expect(open().saved).toBeUndefined();
  expect(warnings).toEqual(['the saved state is not used: it is cut off; it is kept aside']);
});

it('takes away what a process left that was killed while it wrote', async () => {
  await write();
  writeFileSync(`${path}.12345678.tmp`, 'half');
  expect(open().saved).toBeDefined();
  expect(existsSync(`${path}.12345678.tmp`)).toBe(false);
});

it('goes on without a folder that cannot be made', () => {
  writeFileSync(join(directory, 'memory'), 'a file');
  expect(open().saved).toBeUndefined();
  expect(warnings[0]).toBe('the state directory cannot be used; a restart will begin with nothing');
});
