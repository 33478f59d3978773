import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Value, writeMmdb } from '#core/mmdb/write-mmdb.fixture.ts';
import { parsePrefix } from '#core/wire/prefix.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import { type Places, startPlaces } from '#sidecar/places/start-places.ts';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';

const run = promisify(execFile);
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const zone = 'cloud.example.com';
const leaf = (address: string) => ({ kind: 'fixed', addresses: [address] }) as const;

let folder: string;
let server: DnsServer;
let places: Places;
const ending = new AbortController();

/** Puts a database with these networks into place. */
async function put(networks: readonly (readonly [string, Value])[]): Promise<void> {
  await writeFile(join(folder, 'new'), writeMmdb({ networks, recordBits: 28 }));
  await rename(join(folder, 'new'), join(folder, 'places.mmdb'));
}

/** As `plan` would: Germans get one address, Americans another, all others a third. */
function answer({ revision, places: known }: PlaceDatabase): void {
  server.patch({
    names: [
      {
        name: `app.${zone}`,
        zone,
        a: {
          kind: 'byPlace',
          revision,
          choices: [leaf('10.9.0.1'), leaf('10.1.0.1'), leaf('10.2.0.1')],
          choiceOfPlace: known.map(({ country }) => (country === 'DE' ? 1 : country === 'US' ? 2 : 0)),
          otherwise: 0,
        },
        aaaa: { kind: 'fixed', addresses: [] },
        ttlSeconds: 30,
        negativeTtlSeconds: 5,
      },
    ],
    removed: [],
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interspan-places-'));
  server = await startDnsServer(
    {
      listen: [{ address: '127.0.0.1', port: 0 }],
      log: silent,
      threads: 2,
      subnetTrust: ['127.0.0.1/32'].map(parsePrefix).filter((prefix) => prefix !== undefined),
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    ending.signal,
  );
  const apex = {
    name: zone,
    nameServers: [`ns.${zone}`],
    nsTtlSeconds: 300,
    negativeTtlSeconds: 20,
    serial: 7,
  };
  server.patch({ zones: [apex], names: [], removed: [] });
  await put([
    ['198.51.100.0/24', { country: { iso_code: 'DE' } }],
    ['203.0.113.0/24', { country: { iso_code: 'US' } }],
    ['2001:db8::/32', { country: { iso_code: 'US' } }],
  ]);
  places = startPlaces(
    {
      path: join(folder, 'places.mmdb'),
      labelFields: [],
      everyMs: 50,
      log: silent,
      onLoad: (database, tree) => {
        server.setPlaces(tree);
        answer(database);
      },
    },
    ending.signal,
  );
  await places.tried;
});

afterAll(async () => {
  ending.abort();
  await Promise.all([server.close(), places.done]);
  await rm(folder, { recursive: true, force: true });
});

/** `10.1.0.1 198.51.100.0/24/24`: the answer, and the subnet with the scope. */
async function dig(...words: readonly string[]): Promise<string> {
  const port = String(server.listening()[0]?.port);
  const from = ['@127.0.0.1', '-p', port, '+tries=1', '+timeout=2', `app.${zone}`, ...words];
  const { stdout } = await run('dig', from);
  const address = /\sIN\s+A\s+(\d\S+)/.exec(stdout)?.[1] ?? 'none';
  const subnet = /CLIENT-SUBNET: (\S+)/.exec(stdout)?.[1];
  return subnet === undefined ? address : `${address} ${subnet}`;
}

describe('a client by its subnet, in a database of places', () => {
  it.each([
    ['198.51.100.0/24', '10.1.0.1 198.51.100.0/24/24'],
    ['203.0.113.0/25', '10.2.0.1 203.0.113.0/25/24'],
    ['2001:db8:5::/48', '10.2.0.1 2001:db8:5::/48/32'],
    ['192.0.2.0/24', '10.9.0.1 192.0.2.0/24/6'],
    ['0.0.0.0/0', '10.9.0.1 0.0.0.0/0/0'],
  ])('%s', async (subnet, expected) => {
    await vi.waitFor(async () => expect(await dig(`+subnet=${subnet}`)).toBe(expected), { timeout: 10_000 });
  });

  it('without a subnet it is the sender that has no place', async () => {
    expect(await dig()).toBe('10.9.0.1');
  });

  it('a sender that is not trusted gets no scope', async () => {
    expect(await dig('-b', '127.0.0.2', '+subnet=198.51.100.0/24')).toBe('10.9.0.1 198.51.100.0/24/0');
  });

  it('a new database counts at once, and whatever thread answers', async () => {
    await put([['198.51.100.0/24', { country_code: 'US' }]]);
    const wanted = '10.2.0.1 198.51.100.0/24/24';
    await vi.waitFor(async () => expect(await dig('+subnet=198.51.100.0/24')).toBe(wanted), {
      timeout: 10_000,
    });
    for (let k = 0; k < 10; k += 1) expect(await dig('+subnet=198.51.100.0/24')).toBe(wanted);
  });
});
