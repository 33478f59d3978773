import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { writeMmdb } from '#core/mmdb/write-mmdb.fixture.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { type Places, startPlaces } from './start-places.ts';

const folder = mkdtempSync(join(tmpdir(), 'places-'));
const path = join(folder, 'places.mmdb');
const open: { readonly places: Places; readonly ending: AbortController }[] = [];

afterEach(async () => {
  for (const { places, ending } of open.splice(0)) {
    ending.abort();
    await places.done;
  }
  rmSync(path, { force: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });

function start(): {
  readonly places: Places;
  readonly lines: string[];
  readonly loads: number[];
  readonly problems: string[];
} {
  const lines: string[] = [];
  const loads: number[] = [];
  const problems: string[] = [];
  const ending = new AbortController();
  const destination = { write: (text: string) => lines.push(text) };
  const places = startPlaces(
    {
      path,
      labelFields: [['datacenter']],
      everyMs: 20,
      now: () => 1_000_000,
      log: createLogger({ name: 'test', destination, level: 'info', format: 'json' }),
      onLoad: ({ revision }) => loads.push(revision),
      onProblem: ({ code }) => problems.push(code),
    },
    ending.signal,
  );
  open.push({ places, ending });
  return { places, lines, loads, problems };
}

const ofCountry = (country_code: string) => writeMmdb({ networks: [['192.0.2.0/24', { country_code }]] });

/** By a rename, as everybody should. */
function put(bytes: Buffer): void {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

const placeOf = (places: Places, address: string) => {
  const database = places.database();
  return database?.places[database.placeOf(address) ?? -1]?.country ?? 'none';
};

it('loads the file at once, and knows where an address is', async () => {
  put(ofCountry('DE'));
  const { places, loads } = start();
  await places.tried;
  expect(['192.0.2.1', '10.0.0.1', 'nobody'].map((address) => placeOf(places, address))).toEqual([
    'DE',
    'none',
    'none',
  ]);
  expect(places.problem()).toBeUndefined();
  expect(loads).toEqual([places.database()?.revision]);
  expect(places.tree()?.[0]).toBe(places.database()?.revision);
});

it('loads a file that comes later, tells a broken one and keeps what it had, and takes the next good one', async () => {
  const { places, lines, loads, problems } = start();
  await places.tried;
  expect(places.problem()).toMatchObject({
    code: 'places-missing',
    message: expect.stringMatching(/nobody has a place/),
  });
  expect(places.whyNone()).toBe(
    `The place database ${path} is not loaded. There is no such file. Put it there, or give --geoip-db the path of one in the MaxMind DB format. It is loaded by itself once it changes.`,
  );
  expect(places.statistics()).toEqual({ loaded: false, builtSeconds: undefined, failedLoads: 1 });

  put(ofCountry('DE'));
  await eventually(() => expect(placeOf(places, '192.0.2.1')).toBe('DE'));
  expect(places.problem()).toBeUndefined();

  put(Buffer.from('half a download'));
  await eventually(() => expect(places.problem()).toMatchObject({ code: 'places-malformed' }));
  expect(places.problem()?.message).toMatch(/loaded before stays in use/);
  expect(placeOf(places, '192.0.2.1')).toBe('DE');
  // Nothing is worse for the answers.
  expect(places.whyNone()).toBeUndefined();
  expect(places.statistics()).toMatchObject({ loaded: true, failedLoads: 2 });

  put(ofCountry('FR'));
  await eventually(() => expect(placeOf(places, '192.0.2.1')).toBe('FR'));
  expect(places.problem()).toBeUndefined();
  expect(loads.length).toBe(2);
  expect(loads[1]).toBeGreaterThan(loads[0] ?? 0);

  rmSync(path);
  await eventually(() => expect(places.problem()).toMatchObject({ code: 'places-missing' }));
  expect(placeOf(places, '192.0.2.1')).toBe('FR');
  expect(problems).toEqual(['places-missing', 'places-malformed', 'places-missing']);
  // Told once each, however often it looked.
  expect(lines.filter((line) => line.includes('is not loaded')).length).toBe(3);
});

it('notices when a link on the way is swapped, as a mounted ConfigMap is', async () => {
  for (const country of ['DE', 'FR']) {
    const versionFolder = mkdtempSync(join(folder, 'version-'));
    writeFileSync(join(versionFolder, 'places.mmdb'), ofCountry(country));
    symlinkSync(versionFolder, join(folder, `next-${country}`));
  }
  renameSync(join(folder, 'next-DE'), join(folder, 'data'));
  symlinkSync(join('data', 'places.mmdb'), path);
  const { places } = start();
  await places.tried;
  expect(placeOf(places, '192.0.2.1')).toBe('DE');
  renameSync(join(folder, 'next-FR'), join(folder, 'data'));
  await eventually(() => expect(placeOf(places, '192.0.2.1')).toBe('FR'));
});

it('of a file that is no database says so, with what mends it', async () => {
  put(Buffer.from('half a download'));
  const { places } = start();
  expect(places.whyNone()).toMatch(/still being read/);
  await places.tried;
  expect(places.whyNone()).toMatch(/ is not loaded\. .*MaxMind DB/);
});
