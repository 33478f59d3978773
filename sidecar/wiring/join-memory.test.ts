import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { NameAnswers } from '#sidecar/model/answers.ts';
import { joinMemory } from './join-memory.ts';

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const zone = {
  name: 'cloud.example.com',
  nameServers: ['ns.example.com'],
  nsTtlSeconds: 30,
  negativeTtlSeconds: 60,
  serial: 7,
};
const name = (host: string): NameAnswers => ({
  name: host,
  zone: zone.name,
  a: { kind: 'rotate', addresses: ['192.0.2.1'] },
  aaaa: { kind: 'fixed', addresses: [] },
  ttlSeconds: 300,
  negativeTtlSeconds: 60,
});
const [one, two] = [name('one.cloud.example.com'), name('two.cloud.example.com')];
const remembered = { lastGood: ['192.0.2.1'], readyAgainMs: 5 };
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'join-memory-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A process that decided these names. */
const open = (names: readonly NameAnswers[], { ageMs = 0, uid = 'c1', kept = true } = {}) =>
  joinMemory({
    directory: kept ? directory : undefined,
    geoTag: 'eu',
    uid: () => uid,
    planner: {
      decisions: () =>
        names.map((answers) => ({
          ...{ host: answers.name, answers: [answers], healthyRecords: [], answeringGeoTags: [] },
          ...{ steps: [], remarks: [] },
        })),
      remembered: () => remembered,
    },
    ageMs: () => ageMs,
    held: () => undefined,
    probes: () => new Map([['t', { state: 'down', row: 0, why: 'x', answered: false }]]),
    now: () => performance.now(),
    log,
  });
/** What a process that ended left. */
async function keep(ageMs = 0): Promise<void> {
  const memory = open([one, two], { ageMs });
  memory.decided({ zones: [zone], names: [one, two], removed: [] });
  await memory.close();
}

it('serves what was kept, with short TTLs and marked; the first decisions take its place at once', async () => {
  await keep();
  const memory = open([]);
  const short = { ttlSeconds: 30, negativeTtlSeconds: 30 };
  expect(memory.first).toEqual({
    zones: [{ ...zone, negativeTtlSeconds: 30 }],
    names: [
      { ...one, ...short },
      { ...two, ...short },
    ],
    removed: [],
    saved: true,
  });
  expect(memory.savedAtMs()).toBeDefined();
  const patch = { zones: [zone], names: [one], removed: [] };
  expect(memory.decided(patch)).toEqual({ ...patch, removed: [two.name], saved: false });
  expect(memory.savedAtMs()).toBeUndefined();
  expect(memory.decided(patch)).toBe(patch);
  expect(memory.decided({ names: [], removed: [] })).toBeUndefined();
  await memory.close();
});

it('answers no more what was kept when this cluster has nothing now', async () => {
  await keep();
  const memory = open([]);
  const none = { zones: [], names: [], removed: [one.name, two.name], saved: false };
  expect(memory.decided({ names: [], removed: [] })).toEqual(none);
  await memory.close();
});

it('writes nothing before the first decisions: what was kept stays', async () => {
  await keep();
  const memory = open([]);
  memory.touch();
  await memory.close();
  const next = open([]);
  expect(next.first?.names).toHaveLength(2);
  await next.close();
});

it('forgets after minutes what was being counted, and what probes knew', async () => {
  await keep(60_000);
  const soon = open([]);
  expect([soon.remembered().get(one.name), soon.probes.size]).toEqual([remembered, 1]);
  await soon.close();
  await keep(600_000);
  const late = open([]);
  expect([late.remembered().get(one.name), late.probes.size]).toEqual([{ lastGood: ['192.0.2.1'] }, 0]);
  await late.close();
});

it('remembers nothing of another cluster, once its uid is known', async () => {
  await keep();
  let uid = '';
  const options = { geoTag: 'eu', planner: { decisions: () => [], remembered: () => undefined } };
  const memory = joinMemory({
    ...{ ...options, directory, uid: () => uid, ageMs: () => 0, held: () => undefined, log },
    ...{ probes: () => new Map(), now: () => performance.now() },
  });
  expect([memory.first?.names.length, memory.isForeign()]).toEqual([2, false]);
  uid = 'c2';
  expect([memory.isForeign(), memory.remembered().size]).toEqual([true, 0]);
  await memory.close();
});

it('keeps nothing without a directory, and says so', async () => {
  const memory = open([one], { kept: false });
  expect(log.info).toHaveBeenLastCalledWith({}, 'without --state-dir nothing is kept over a restart');
  const patch = { zones: [zone], names: [one], removed: [] };
  expect([memory.first, memory.decided(patch), memory.statistics()]).toEqual([undefined, patch, undefined]);
  await memory.close();
});
