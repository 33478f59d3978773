import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { type Gslb, gslbs } from '#core/api/gslb/schema.ts';
import { type Ingress, ingresses, type KubeObject, type Resource, services } from '#core/api/kubernetes.ts';
import type { Change, Source, WatchOptions } from '#core/source/source.ts';
import { type FolderProblem, folderSource } from './source.ts';

const gslb = (name: string, strategy = 'roundRobin', labels = {}): string =>
  JSON.stringify({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: { name, labels },
    spec: { strategy: { type: strategy } },
  });

let directory: string;
let ended: AbortController;
let problems: readonly FolderProblem[];
let said: string[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'folder-source-'));
  ended = new AbortController();
  problems = [];
  said = [];
});
afterEach(() => {
  vi.restoreAllMocks();
  ended.abort();
  rmSync(directory, { recursive: true, force: true });
});

const write = (file: string, text: string): void => {
  mkdirSync(join(directory, file, '..'), { recursive: true });
  writeFileSync(join(directory, file), text);
};
const open = (stateDirectory?: string, root = directory): Source => {
  const say = (_: object, message: string): void => void said.push(message);
  return folderSource({
    directory: root,
    ...(stateDirectory === undefined ? {} : { stateDirectory }),
    log: { debug: say, info: say, warn: say, error: say },
    now: () => performance.now(),
    onProblems: (found) => {
      problems = found;
    },
    signal: ended.signal,
  });
};

/** Watches, and keeps what was said. */
function follow<T extends KubeObject>(
  source: Source,
  resource: Resource<T>,
  more: Partial<WatchOptions<T>> = {},
) {
  const changes: string[] = [];
  const onChange = ({ type, object }: Change<T>): void =>
    void changes.push(`${type === 'applied' ? '+' : '-'}${object.metadata.name}`);
  return { changes, watch: source.watch({ resource, onChange, ...more }, ended.signal) };
}
const until = (condition: () => boolean): Promise<void> =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 5 });
/** From now on nothing happens by a clock that is as slow as the looks at a folder that is watched. */
const withoutSlowTimers = (): void => {
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) =>
    ms < 2000 ? real(run, ms) : real(() => undefined, 0)) as typeof setTimeout);
};

test('what lies in the folder is there when synced resolves, in folders too, but not in hidden ones', async () => {
  write('a.yaml', gslb('a'));
  write('deep/er/b.yml', gslb('b'));
  write('.hidden/c.yaml', gslb('c'));
  write('.status/gslb.default.d.yaml', gslb('d'));
  write('readme.txt', gslb('e'));
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  expect(changes).toEqual(['+a', '+b']);
  expect(watch.get('default/a')?.spec?.serviceHealthPolicy).toBe('Any');
  expect([...watch.list()]).toHaveLength(2);
  expect(watch.ageMs()).toBeLessThan(1000);
});

test('an edit, a new file and a removal are seen without waiting for the next look by the clock', async () => {
  withoutSlowTimers();
  write('a.yaml', gslb('a'));
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  for (const [step, expected] of [
    [() => write('a.yaml', gslb('a', 'failover')), ['+a', '+a']],
    [() => write('new/b.yaml', gslb('b')), ['+a', '+a', '+b']],
    [() => write('new/b.yaml', gslb('b', 'failover')), ['+a', '+a', '+b', '+b']],
    [() => rmSync(join(directory, 'a.yaml')), ['+a', '+a', '+b', '+b', '-a']],
  ] as const) {
    step();
    await until(() => changes.length === expected.length);
    expect(changes).toEqual(expected);
  }
});

test('a write in two steps is read once, whole', async () => {
  write('a.yaml', gslb('a'));
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  write('a.yaml', '');
  setTimeout(() => write('a.yaml', gslb('a', 'failover')), 30);
  await until(() => changes.length > 1);
  expect(changes).toEqual(['+a', '+a']);
  expect(watch.get('default/a')).toMatchObject({
    metadata: { generation: 2 },
    spec: { strategy: { type: 'failover' } },
  });
});

test('a file replaced behind a link, as a mounted ConfigMap does, is seen', async () => {
  write('..1/a.yaml', gslb('a'));
  write('..2/a.yaml', gslb('a', 'failover'));
  symlinkSync('..1', join(directory, '..data'));
  symlinkSync('..data/a.yaml', join(directory, 'a.yaml'));
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  symlinkSync('..2', join(directory, '..data.new'));
  renameSync(join(directory, '..data.new'), join(directory, '..data'));
  await until(() => changes.length === 2);
  expect(watch.get('default/a')?.spec?.strategy.type).toBe('failover');
});

test('a file that breaks keeps its last good objects and is named with its line, until it is mended', async () => {
  write('a.yaml', gslb('a'));
  write('b.yaml', gslb('b'));
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  write('a.yaml', 'apiVersion: k8gb.io/v1beta1\nkind: [Gslb\nmetadata: {}\n');
  await until(() => problems.length === 1);
  expect(problems[0]).toMatchObject({ file: 'a.yaml', line: 3 });
  expect(said.filter((message) => message.startsWith('a.yaml:3: is not YAML'))).toHaveLength(1);
  expect([...watch.list()]).toHaveLength(2);
  write('a.yaml', gslb('a', 'failover'));
  await until(() => problems.length === 0);
  expect(changes).toEqual(['+a', '+b', '+a']);
});

test('of two files that say one object the first by name wins, and the other takes over when it goes', async () => {
  write('1.yaml', gslb('a', 'roundRobin'));
  write('2.yaml', gslb('a', 'failover'));
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  expect(problems.map((p) => `${p.file}:${p.line} ${p.message}`)).toEqual([
    '2.yaml:1 Gslb default/a stands in 1.yaml already; this one is ignored',
  ]);
  rmSync(join(directory, '1.yaml'));
  await until(() => changes.length === 2);
  expect(watch.get('default/a')?.spec?.strategy.type).toBe('failover');
  expect(problems).toEqual([]);
});

test('watches see only their namespace and labels; an object that leaves the selection is deleted from it', async () => {
  write('a.yaml', gslb('a', 'roundRobin', { tier: 'web' }));
  write('b.yaml', gslb('b').replace('"name"', '"namespace":"other","name"'));
  const source = open();
  const labelled = follow(source, gslbs, { labelSelector: 'tier in (web)' });
  const spaced = follow(source, gslbs, { namespace: 'other' });
  const ingress = follow(source, ingresses);
  await Promise.all([labelled.watch.synced, spaced.watch.synced, ingress.watch.synced]);
  expect([labelled.changes, spaced.changes, ingress.changes]).toEqual([['+a'], ['+b'], []]);
  write('a.yaml', gslb('a', 'roundRobin', { tier: 'db' }));
  await until(() => labelled.changes.length === 2);
  expect(labelled.changes).toEqual(['+a', '-a']);
});

test('a field selector, a bad label selector and a kind that no folder holds are refused at the door', () => {
  const source = open();
  expect(() => follow(source, gslbs, { fieldSelector: 'metadata.name=a' })).toThrow(
    'knows no field selectors',
  );
  expect(() => follow(source, gslbs, { labelSelector: 'a b' })).toThrow('cannot be read');
  expect(() => follow(source, { ...services, kind: 'Secret' })).toThrow('a folder does not hold v1/Secret');
});

test('objects are held as trim left them', async () => {
  write('a.yaml', gslb('a'));
  const { watch } = follow(open(), gslbs, {
    trim: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }),
  });
  await watch.synced;
  expect(watch.get('default/a')).not.toHaveProperty('spec');
});

test('creation time is the time of the file when first seen, and outlives edits', async () => {
  write('a.yaml', gslb('a'));
  utimesSync(join(directory, 'a.yaml'), 1e9, 1e9);
  const { watch, changes } = follow(open(), gslbs);
  await watch.synced;
  write('a.yaml', gslb('a', 'failover'));
  await until(() => changes.length === 2);
  expect(watch.get('default/a')?.metadata.creationTimestamp).toBe('2001-09-09T01:46:40.000Z');
});

test('status goes to .status, shows in watches, is remembered by the next process and leaves with its object', async () => {
  write('a.yaml', gslb('a'));
  const source = open();
  const { watch, changes } = follow(source, gslbs);
  await watch.synced;
  await source.patchStatus(gslbs, 'default/a', { geoTag: 'eu', hosts: 'x' });
  await source.patchStatus(gslbs, 'default/a', { hosts: null });
  await source.patchStatus(gslbs, 'default/a', { geoTag: 'eu' });
  expect(changes).toEqual(['+a', '+a', '+a']);
  const file = join(directory, '.status/gslb.default.a.yaml');
  expect(parse(readFileSync(file, 'utf8'))).toEqual({
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: { namespace: 'default', name: 'a' },
    status: { geoTag: 'eu' },
  });
  expect(readdirSync(join(directory, '.status'))).toEqual(['gslb.default.a.yaml']);

  ended.abort();
  ended = new AbortController();
  const again = follow(open(), gslbs);
  await again.watch.synced;
  expect(again.watch.get('default/a')).toMatchObject({
    status: { geoTag: 'eu' },
    metadata: { generation: 1 },
  });
  rmSync(join(directory, 'a.yaml'));
  await until(() => !existsSync(file));
});

test('status of an object that is not there is refused', async () => {
  const source = open();
  await follow(source, gslbs).watch.synced;
  await expect(source.patchStatus(gslbs, 'default/a', {})).rejects.toMatchObject({ code: 'notFound' });
});

test('a folder that cannot be written to has its status in the state directory', async () => {
  write('a.yaml', gslb('a'));
  // A file where the folder should be: refused to root as well, unlike permissions.
  write('.status', '');
  const state = join(directory, '.state');
  const source = open(state);
  await follow(source, gslbs).watch.synced;
  await source.patchStatus(gslbs, 'default/a', { geoTag: 'eu' });
  expect(readFileSync(join(state, 'status/gslb.default.a.yaml'), 'utf8')).toContain('geoTag: eu');
});

test('a folder that cannot be written to, without a state directory, says what to do', async () => {
  write('a.yaml', gslb('a'));
  write('.status', '');
  const source = open();
  await follow(source, gslbs).watch.synced;
  await expect(source.patchStatus(gslbs, 'default/a', { geoTag: 'eu' })).rejects.toMatchObject({
    code: 'readOnly',
    hint: expect.stringContaining('--state-dir'),
  });
});

test('what is applied shows in watches, writes no file, and goes with its owner', async () => {
  write(
    'i.yaml',
    JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'i' } }),
  );
  const source = open();
  const ingress = follow(source, ingresses);
  const { watch, changes } = follow(source, gslbs);
  await Promise.all([ingress.watch.synced, watch.synced]);
  const owner = (ingress.watch.get('default/i') as Ingress).metadata;
  const made: Gslb = {
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: {
      name: 'i',
      namespace: 'default',
      ownerReferences: [
        { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'i', uid: owner.uid as string },
      ],
    },
    spec: { strategy: { type: 'roundRobin' } },
  };
  expect((await source.apply(gslbs, made)).metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  await source.apply(gslbs, made);
  expect(changes).toEqual(['+i']);
  expect(readdirSync(directory)).toEqual(['i.yaml']);
  rmSync(join(directory, 'i.yaml'));
  await until(() => changes.length === 2);
  expect(changes).toEqual(['+i', '-i']);
});

test('what is applied to an object of a file is laid over it, and deleting leaves the file alone', async () => {
  write('a.yaml', gslb('a'));
  const source = open();
  const { watch } = follow(source, gslbs);
  await watch.synced;
  const fields: Gslb = {
    apiVersion: 'k8gb.io/v1beta1',
    kind: 'Gslb',
    metadata: { name: 'a', namespace: 'default', labels: { ours: 'yes' } },
  };
  await source.apply(gslbs, fields);
  expect(watch.get('default/a')).toMatchObject({
    metadata: { labels: { ours: 'yes' }, generation: 1 },
    spec: { strategy: { type: 'roundRobin' } },
  });
  await expect(source.delete(gslbs, 'default/a', { uid: 'other' })).rejects.toMatchObject({
    code: 'conflict',
  });
  await expect(source.delete(gslbs, 'default/a')).rejects.toMatchObject({ code: 'forbidden' });
  expect(watch.get('default/a')?.metadata.labels).toEqual({});
  await source.delete(gslbs, 'default/none');
});

test('a folder that is not there is a problem; it is read as soon as it appears, and kept when it goes', async () => {
  const root = join(directory, 'later');
  const source = open(undefined, root);
  const { watch, changes } = follow(source, gslbs);
  await until(() => problems.length === 1);
  expect(problems[0]?.message).toContain(`${root} cannot be read`);
  await expect(source.patchStatus(gslbs, 'default/a', {})).rejects.toMatchObject({ code: 'unavailable' });
  write('later/a.yaml', gslb('a'));
  await watch.synced;
  expect(changes).toEqual(['+a']);
  rmSync(root, { recursive: true });
  await until(() => problems.length === 1);
  expect(changes).toEqual(['+a']);
});

test('a reader that throws does not stop the others', async () => {
  write('a.yaml', gslb('a'));
  const source = open();
  source.watch(
    {
      resource: gslbs,
      onChange: () => {
        throw new Error('reader');
      },
    },
    ended.signal,
  );
  const { watch, changes } = follow(source, gslbs);
  await watch.synced;
  expect(changes).toEqual(['+a']);
  expect(said.some((message) => message.includes('reader'))).toBe(true);
});

test('a listener for problems that throws does not end the watching', async () => {
  write('a.yaml', 'text');
  const say = (_: object, message: string): void => void said.push(message);
  let calls = 0;
  const source = folderSource({
    directory,
    log: { debug: say, info: say, warn: say, error: say },
    now: () => performance.now(),
    onProblems: () => {
      if (++calls === 1) throw new Error('listener');
    },
    signal: ended.signal,
  });
  await follow(source, gslbs).watch.synced;
  expect(said).toContain(`what changed in ${directory} was not taken in`);
});

test('an event is said once', async () => {
  write('a.yaml', gslb('a'));
  const source = open();
  const { watch } = follow(source, gslbs);
  await watch.synced;
  const event = {
    type: 'Warning',
    reason: 'HostConflict',
    message: 'h',
    about: watch.get('default/a') as Gslb,
  } as const;
  await source.recordEvent(event);
  await source.recordEvent(event);
  expect(said.filter((message) => message === 'Gslb default/a: h')).toHaveLength(1);
});

test('after the signal nothing is reported and synced rejects', async () => {
  const source = open(undefined, join(directory, 'never'));
  const { watch } = follow(source, gslbs);
  ended.abort();
  await expect(watch.synced).rejects.toThrow();
});
