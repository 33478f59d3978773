import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '#sidecar/main.ts';
import { application, cloudZone } from '#test/support/served-objects.ts';
import { startUnbound } from '#test/support/unbound.ts';
import { freePort } from '#tools/host/free-port.ts';
import { run } from '#tools/playground/world/command.ts';

const host = 'near.cloud.example.com';
const addresses = { eu: '192.0.2.1', us: '192.0.2.2' } as const;
type Cluster = keyof typeof addresses;
/** Networks of clients, all of them on loopback, and what each shall get. */
const inEu = '127.7.1.5';
const alsoInEu = '127.7.1.9';
const inUs = '127.7.2.5';
const elsewhere = '127.9.0.1';
const eventually = { timeout: 20_000, interval: 200 };

/** A real resolver that sends its clients' networks (RFC 7871) and caches, in front of two clusters from folders. */
describe('geoip by networks, behind unbound with client subnets', () => {
  const ending = new AbortController();
  const stack = new AsyncDisposableStack();
  let ports: Readonly<Record<Cluster | 'unbound', number>>;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interspan-subnet-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    ports = { eu: await freePort(), us: await freePort(), unbound: await freePort() };
    const sidecars = await Promise.all([startSidecar('eu', 'us', folder), startSidecar('us', 'eu', folder)]);
    stack.defer(async () => {
      ending.abort();
      await Promise.all(sidecars.map(({ ended }) => ended));
    });
    const unbound = await startUnbound({
      folder,
      listen: ['127.0.0.1'],
      port: ports.unbound,
      sendClientSubnetTo: ['127.0.0.0/8'],
      clients: ['127.0.0.0/8'],
      stub: {
        zone: 'cloud.example.com',
        servers: (['eu', 'us'] as const).map((cluster) => `127.0.0.1@${ports[cluster]}`),
      },
    });
    stack.use(unbound);
  });
  afterAll(() => stack.disposeAsync());

  async function startSidecar(geoTag: Cluster, peer: Cluster, folder: string) {
    const objects = join(folder, geoTag);
    await mkdir(objects);
    await writeFile(join(objects, 'objects.yaml'), objectsOf(geoTag));
    const ended = main(
      [
        ...[`--geotag=${geoTag}`, `--from=${objects}`, `--state-dir=${join(folder, `state-${geoTag}`)}`],
        ...['--edge=none', '--admin=none', `--listen=127.0.0.1:${ports[geoTag]}`],
        ...[`--peer=${peer}=127.0.0.1:${ports[peer]}`, '--ecs-trust=127.0.0.0/8', '--probe=none'],
      ],
      {
        stdout: { write: () => undefined },
        stderr: { write: () => undefined },
        env: {},
        signal: ending.signal,
      },
    );
    return { ended };
  }

  const dig = async (...args: string[]): Promise<string> =>
    (await run(['dig', '+time=1', '+tries=1', '@127.0.0.1', ...args])).stdout;
  /** What a client of this address gets of the resolver. */
  const atResolver = async (client: string): Promise<string> =>
    (await dig('-p', String(ports.unbound), '-b', client, '+short', host))
      .trim()
      .split('\n')
      .sort()
      .join(' ');
  const direct = (cluster: Cluster, subnet: string): Promise<string> =>
    dig('-p', String(ports[cluster]), `+subnet=${subnet}`, host);

  test.each(['eu', 'us'] as const)('%s says which clients an answer is for', async (cluster) => {
    await expect.poll(() => direct(cluster, '127.7.1.0/24'), eventually).toContain(addresses.eu);
    await expect.poll(() => direct(cluster, '127.7.2.0/24'), eventually).toContain(addresses.us);
    const text = await direct(cluster, '127.7.1.0/24');
    expect(text).toContain('CLIENT-SUBNET: 127.7.1.0/24/24');
    expect(text).not.toContain(addresses.us);
  });

  test('neither of two networks gets the answer that is cached for the other', async () => {
    await expect.poll(() => atResolver(inEu), eventually).toBe(addresses.eu);
    expect(await atResolver(inUs)).toBe(addresses.us);
    // From the cache by now, each its own.
    for (let times = 0; times < 3; times++) {
      expect(await atResolver(inEu)).toBe(addresses.eu);
      expect(await atResolver(inUs)).toBe(addresses.us);
      expect(await atResolver(alsoInEu)).toBe(addresses.eu);
    }
    expect(await atResolver(elsewhere)).toBe(`${addresses.eu} ${addresses.us}`);
    expect(await atResolver(inUs)).toBe(addresses.us);
  });

  test('the cache is used: an answer for a network grows older', async () => {
    const ttl = async () =>
      Number(/\s(\d+)\s+IN\s+A\s/.exec(await dig('-p', String(ports.unbound), '-b', inEu, host))?.[1]);
    await expect.poll(ttl, eventually).toBeLessThan(60);
  });
});

function objectsOf(geoTag: Cluster): string {
  const metadata = { name: 'near', namespace: 'web' };
  const backend = { service: { name: 'near', port: { number: 80 } } };
  const objects = [
    cloudZone,
    ...application('near'),
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { ...metadata, annotations: { 'k8gb.io/exposed-ip-addresses': addresses[geoTag] } },
      spec: {
        strategy: { type: 'geoip', dnsTtlSeconds: 60 },
        ingress: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
      },
    },
    {
      apiVersion: 'interspan.dev/v1alpha1',
      kind: 'GslbPolicy',
      metadata,
      spec: {
        targetRefs: [{ group: 'k8gb.io', kind: 'Gslb', name: 'near' }],
        nets: [
          { prefix: '127.7.1.0/24', geoTag: 'eu' },
          { prefix: '127.7.2.0/24', geoTag: 'us' },
        ],
      },
    },
  ];
  return objects.map((object) => JSON.stringify(object)).join('\n---\n');
}
