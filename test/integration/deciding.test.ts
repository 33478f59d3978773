import { Resolver } from 'node:dns/promises';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { application, cloudZone } from '#test/support/served-objects.ts';
import { type SidecarProgram, startSidecarProgram } from '#test/support/sidecar-program.ts';
import { freePorts } from '#tools/host/free-port.ts';

const host = 'app.cloud.example.com';

/** What the objects of one cluster say. */
interface Wanted {
  readonly ready?: boolean;
  readonly failback?: 'Auto' | 'Manual';
  /** When the drain of this cluster ends. */
  readonly drainedUntil?: Date;
}

/** A sidecar on a folder, and a resolver that asks it. */
interface Cluster {
  readonly folder: string;
  readonly listen: string;
  readonly dns: Resolver;
  readonly write: (wanted: Wanted) => void;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

let eu: Cluster;
let us: Cluster;

beforeAll(async () => {
  const [first = '', second = ''] = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  eu = cluster('eu', first, ['192.0.2.1', '192.0.2.2'], `us=${second}`);
  us = cluster('us', second, ['198.51.100.1'], `eu=${first}`);
  for (const one of [eu, us]) {
    one.write({});
    one.start();
  }
  await answers({ eu: 'eu', us: 'eu' });
});
afterAll(async () => {
  for (const one of [eu, us]) {
    await one.stop();
    rmSync(one.folder, { recursive: true, force: true });
  }
});

test('a host fails over, and with manual failback it does not come back by itself, nor by a restart', async () => {
  eu.write({ ready: false });
  await answers({ eu: 'us', us: 'us' });
  eu.write({ ready: true });
  await vi.waitFor(() => expect(status()).toMatchObject({ serviceHealth: { [host]: 'Healthy' } }), waiting);
  expect(status()).toMatchObject({ active: { [host]: { geoTag: 'us', reason: 'eu: no ready endpoint' } } });
  const { epoch } = status().active?.[host] ?? {};
  await eu.stop();
  eu.start();
  await answers({ eu: 'us', us: 'us' });
  expect(await ask(eu, `localtargets-${host}`)).toEqual([]);
  expect(status()).toMatchObject({ active: { [host]: { geoTag: 'us', epoch } } });
});

test('with failback auto it comes back', async () => {
  eu.write({ failback: 'Auto' });
  await answers({ eu: 'eu', us: 'eu' });
  expect(status()).toMatchObject({ active: { [host]: { geoTag: 'eu', reason: 'eu is alive again' } } });
});

test('a drain takes a cluster out everywhere, and ends by itself', async () => {
  // Long enough for both to see it on a busy machine.
  eu.write({ failback: 'Auto', drainedUntil: new Date(Date.now() + 8_000) });
  await answers({ eu: 'us', us: 'us' });
  await answers({ eu: 'eu', us: 'eu' });
});

const waiting = { timeout: 20_000, interval: 50 };

/** Until each cluster answers with addresses of the one named. */
async function answers(expected: { readonly eu: string; readonly us: string }): Promise<void> {
  await vi.waitFor(async () => {
    expect({ eu: await answering(eu), us: await answering(us) }).toEqual(expected);
  }, waiting);
}

/** Whose address is answered: one, as the limit of the policy wants it. */
async function answering(one: Cluster): Promise<string> {
  const addresses = await ask(one, host);
  return addresses.map((address) => (address.startsWith('192.0.2.') ? 'eu' : 'us')).join();
}

async function ask({ dns }: Cluster, name: string): Promise<readonly string[]> {
  return (await dns.resolve4(name).catch(() => [])).sort();
}

interface Status {
  readonly active?: Readonly<Record<string, { readonly epoch: number }>>;
}

/** What eu's Gslb shows. */
const status = (): Status =>
  parse(readFileSync(join(eu.folder, '.status', 'gslb.web.app.yaml'), 'utf8')).status ?? {};

function cluster(geoTag: string, listen: string, addresses: readonly string[], peer: string): Cluster {
  const folder = mkdtempSync(join(tmpdir(), `deciding-${geoTag}-`));
  const dns = new Resolver({ timeout: 1_000, tries: 1 });
  dns.setServers([listen]);
  let running: SidecarProgram | undefined;
  return {
    folder,
    listen,
    dns,
    write: (wanted) => writeFileSync(join(folder, 'all.yaml'), objects(geoTag, addresses, wanted)),
    start: () => {
      const flags = [`--geotag=${geoTag}`, `--from=${folder}`, `--listen=${listen}`, `--peer=${peer}`];
      running = startSidecarProgram(...flags, '--probe=none', '--edge=none');
    },
    stop: async () => {
      await running?.end();
    },
  };
}

function objects(
  geoTag: string,
  addresses: readonly string[],
  { ready = true, failback = 'Manual', drainedUntil }: Wanted,
): string {
  const backend = { service: { name: 'app', port: { number: 80 } } };
  const metadata = { name: 'app', namespace: 'web' };
  return [
    cloudZone,
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { ...metadata, annotations: { 'k8gb.io/exposed-ip-addresses': addresses.join() } },
      spec: {
        strategy: { type: 'failover', primaryGeoTag: 'eu' },
        ingress: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
      },
    },
    ...application('app', { ready }),
    {
      apiVersion: 'interspan.dev/v1alpha1',
      kind: 'GslbPolicy',
      metadata,
      spec: { targetRefs: [{ name: 'app' }], failover: { failback: { mode: failback } }, limit: 1 },
    },
    ...(drainedUntil === undefined
      ? []
      : [
          {
            apiVersion: 'interspan.dev/v1alpha1',
            kind: 'GslbCluster',
            metadata: { name: geoTag },
            spec: {
              override: {
                state: 'Drained',
                until: drainedUntil.toISOString().replace(/\.\d+/, ''),
                reason: 'test',
              },
            },
          },
        ]),
  ]
    .map((object) => stringify(object))
    .join('---\n');
}
