import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderSource } from '#core/source/folder/source.ts';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import { type ClusterChange, type Observer, startObserver } from './start-observer.ts';

const zone = `
apiVersion: k8gb.io/v1beta1
kind: ZoneDelegation
metadata: { name: cloud }
spec: { loadBalancedZone: cloud.example.com, parentZone: example.com, dnsZoneNegTTL: 30 }
`;
const service = (name: string, ready: boolean | undefined = true): string => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: web }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: web, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
endpoints: [{ addresses: [10.0.0.1], conditions: { ready: ${ready} } }]
`;
const ingress = (
  name: string,
  host: string,
  annotations: Record<string, string>,
  ips: string[] = [],
): string => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name}, namespace: web, annotations: ${JSON.stringify(annotations)} }
spec: { rules: [{ host: "${host}", http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: app, port: { number: 80 } } } }] } }] }
status: { loadBalancer: { ingress: ${JSON.stringify(ips.map((ip) => ({ ip })))} } }
`;
const gslb = (name: string, spec: unknown, annotations = {}, group = 'k8gb.io'): string => `
apiVersion: ${group}/v1beta1
kind: Gslb
metadata: { name: ${name}, namespace: web, annotations: ${JSON.stringify(annotations)} }
spec: ${JSON.stringify(spec)}
`;
const embedded = (...hosts: string[]) => ({
  rules: hosts.map((host) => ({
    host,
    http: {
      paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'app', port: { number: 80 } } } }],
    },
  })),
});
const node = (name: string, address: string, ready: boolean): string => `
apiVersion: v1
kind: Node
metadata: { name: ${name} }
status: { addresses: [{ type: InternalIP, address: ${address} }] }
---
apiVersion: v1
kind: Pod
metadata: { name: ingress-${name}, namespace: kube-system, labels: { app: ingress } }
spec: { nodeName: ${name}, hostNetwork: true, containers: [] }
status: { conditions: [{ type: Ready, status: "${ready ? 'True' : 'False'}" }] }
`;
const exposed = { 'k8gb.io/exposed-ip-addresses': '192.0.2.1, 192.0.2.2' };
const host = 'app.cloud.example.com';
/** The folder is read by the clock every 2 s at the latest, on a busy machine later. */
const patience = { timeout: 40_000 };

describe('the observer over a folder', () => {
  let folder: string;
  let ending: AbortController;
  const changes: ClusterChange[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'observe-'));
    ending = new AbortController();
    changes.length = 0;
  });
  afterEach(() => {
    ending.abort();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  async function observe(files: readonly string[]): Promise<Observer> {
    for (const [index, text] of files.entries()) write(`${index}.yaml`, text);
    const silent = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    const source = folderSource({
      directory: folder,
      log: silent,
      now: () => performance.now(),
      signal: ending.signal,
    });
    const observer = startObserver(
      {
        source,
        geoTag: 'eu',
        ingressSelector: 'app=ingress',
        sidecarSelector: 'app=ingress',
        legacyApi: true,
        ingressGslbGroup: 'k8gb.io',
        dnsAddresses: 'internal',
        onChange: (change) => changes.push(change),
      },
      ending.signal,
    );
    await observer.synced;
    await Promise.resolve();
    return observer;
  }
  const view = (observer: Observer, key = 'k8gb.io/web/app'): GslbView =>
    observer.view().gslbs.get(key) as GslbView;

  it('makes an annotated Ingress a Gslb, with the addresses of its status', async () => {
    const observer = await observe([
      zone,
      service('app'),
      ingress('app', host, { 'k8gb.io/strategy': 'roundRobin' }, ['192.0.2.9']),
    ]);
    expect(observer.view().hosts.get(host)).toMatchObject({
      zone: 'cloud.example.com',
      strategy: { type: 'roundRobin' },
      ttlSeconds: 30,
      health: 'Healthy',
      addresses: ['192.0.2.9'],
      services: [{ namespace: 'web', name: 'app' }],
    });
  });

  it('trims exposed addresses, and prefers them to the status', async () => {
    const annotations = { 'k8gb.io/strategy': 'roundRobin', ...exposed };
    const observer = await observe([
      zone,
      service('app'),
      ingress('app', host, annotations, ['198.51.100.9']),
    ]);
    expect(observer.view().hosts.get(host)?.addresses).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('takes a node out whose ingress pod is not Ready, though the status of the Ingress still lists it', async () => {
    const annotations = { 'k8gb.io/strategy': 'roundRobin' };
    const files = [zone, service('app'), ingress('app', host, annotations, ['192.0.2.3', '192.0.2.4'])];
    const observer = await observe([...files, node('n1', '192.0.2.3', true), node('n2', '192.0.2.4', false)]);
    expect(observer.view().hosts.get(host)?.addresses).toEqual(['192.0.2.3']);
    expect(observer.view().dnsAddresses).toEqual(['192.0.2.3']);
  });

  it('takes the nodes of the ingress controller where the status is empty', async () => {
    const files = [zone, service('app'), ingress('app', host, { 'k8gb.io/strategy': 'roundRobin' })];
    const observer = await observe([...files, node('n1', '192.0.2.3', true)]);
    expect(observer.view().hosts.get(host)?.addresses).toEqual(['192.0.2.3']);
  });

  it('reports only the hosts that a changed slice touches', async () => {
    const observer = await observe([
      zone,
      service('app'),
      gslb('app', { strategy: { type: 'roundRobin' }, ingress: embedded(host) }, exposed),
      gslb(
        'other',
        {
          strategy: { type: 'roundRobin' },
          ingress: { rules: [{ host: 'other.cloud.example.com', http: { paths: [] } }] },
        },
        exposed,
      ),
    ]);
    changes.length = 0;
    write('1.yaml', service('app', false));
    await expect.poll(() => observer.view().hosts.get(host)?.health, patience).toBe('Unhealthy');
    expect(changes).toHaveLength(1);
    expect([...(changes[0] as ClusterChange).hosts]).toEqual([host]);
  });

  it.each([
    ['an unknown strategy', { strategy: { type: 'random' }, ingress: embedded(host) }, 'UnknownStrategy'],
    [
      'a host outside every zone',
      { strategy: { type: 'roundRobin' }, ingress: embedded('app.other.com') },
      'HostOutsideZones',
    ],
    [
      'a zone that is only a suffix of letters',
      { strategy: { type: 'roundRobin' }, ingress: embedded('xcloud.example.com') },
      'HostOutsideZones',
    ],
    [
      'the apex',
      { strategy: { type: 'roundRobin' }, ingress: embedded('cloud.example.com') },
      'HostReserved',
    ],
    [
      'a reserved first label',
      { strategy: { type: 'roundRobin' }, ingress: embedded('localtargets-a.cloud.example.com') },
      'HostReserved',
    ],
    [
      'two asterisks',
      { strategy: { type: 'roundRobin' }, ingress: embedded('*.*.cloud.example.com') },
      'HostInvalid',
    ],
    [
      'a reference to nothing',
      { strategy: { type: 'roundRobin' }, resourceRef: { kind: 'Ingress', name: 'gone' } },
      'ResourceRefNotFound',
    ],
    [
      'a reference to a Service, without a word about the host',
      { strategy: { type: 'roundRobin' }, resourceRef: { kind: 'Service', name: 'app' } },
      'HostnameMissing',
    ],
    ['an Ingress without rules', { strategy: { type: 'roundRobin' }, ingress: { rules: [] } }, 'NoHosts'],
  ])('refuses %s, and serves the others', async (_title, spec, reason) => {
    const other = gslb(
      'other',
      { strategy: { type: 'roundRobin' }, ingress: embedded('other.cloud.example.com') },
      exposed,
    );
    const observer = await observe([zone, service('app'), gslb('app', spec, exposed), other]);
    expect(view(observer).acceptance).toMatchObject({ accepted: false, reason });
    expect(observer.view().hosts.has('other.cloud.example.com')).toBe(true);
  });

  it('keeps the good hosts of a Gslb beside one outside every zone, with a warning', async () => {
    const spec = { strategy: { type: 'roundRobin' }, ingress: embedded(host, 'app.other.com') };
    const observer = await observe([zone, service('app'), gslb('app', spec, exposed)]);
    expect(view(observer)).toMatchObject({
      acceptance: { accepted: true },
      hosts: [{ host }],
      warnings: [{ reason: 'HostOutsideZones' }],
    });
  });

  it('counts only k8gb.io where both groups have the object', async () => {
    const spec = { strategy: { type: 'roundRobin' }, ingress: embedded(host) };
    const observer = await observe([
      zone,
      service('app'),
      gslb('app', spec, exposed, 'k8gb.absa.oss'),
      gslb('app', spec, exposed),
    ]);
    expect(observer.view().hosts.get(host)?.gslb.group).toBe('k8gb.io');
    expect(view(observer, 'k8gb.absa.oss/web/app').acceptance).toMatchObject({ reason: 'Superseded' });
  });

  it('hands a host over when its owner goes', async () => {
    const spec = { strategy: { type: 'roundRobin' }, ingress: embedded(host) };
    const observer = await observe([
      zone,
      service('app'),
      gslb('a', spec, exposed),
      gslb('b', spec, exposed),
    ]);
    const refused = [...observer.view().gslbs.values()].filter(({ acceptance }) => !acceptance.accepted);
    expect(refused).toHaveLength(1);
    const owner = observer.view().hosts.get(host)?.gslb.name;
    rmSync(join(folder, owner === 'a' ? '2.yaml' : '3.yaml'));
    await expect
      .poll(() => observer.view().hosts.get(host)?.gslb.name, patience)
      .toBe(owner === 'a' ? 'b' : 'a');
  });

  it('warns of a primary that no cluster is called, once the fleet is known', async () => {
    const spec = { strategy: { type: 'failover', primaryGeoTag: 'uk' }, ingress: embedded(host) };
    const observer = await observe([zone, service('app'), gslb('app', spec, exposed)]);
    expect(view(observer).warnings).toEqual([]);
    observer.setGeoTags(new Set(['eu', 'us']));
    await Promise.resolve();
    expect(view(observer).warnings).toMatchObject([{ reason: 'UnknownPrimaryGeoTag' }]);
  });

  it('holds what a folder answered that empties at once, zone and all, until it is back', async () => {
    const hosts = Array.from({ length: 10 }, (_, i) => `app${i}.cloud.example.com`);
    const all = hosts.map((name, i) =>
      gslb(`app${i}`, { strategy: { type: 'roundRobin' }, ingress: embedded(name) }, exposed),
    );
    const observer = await observe([service('app'), [zone, ...all].join('---')]);
    expect(observer.view().hosts.size).toBe(10);
    write('1.yaml', '');
    await expect.poll(() => observer.hold()?.reason, patience).toBe('MassDelete');
    await expect.poll(() => changes.at(-1)?.hold, patience).toBe(true);
    expect([observer.view().hosts.size, observer.view().zones.length]).toEqual([10, 1]);
    expect([...observer.zoneDelegations()]).toEqual([]);
    expect(observer.gslb('k8gb.io/web/app0')).toBeUndefined();
    write('0.yaml', service('app', false));
    await expect
      .poll(() => observer.view().hosts.get(hosts[3] as string)?.health, patience)
      .toBe('Unhealthy');
    write('1.yaml', [zone, ...all].join('---'));
    await expect.poll(() => observer.hold(), patience).toBeUndefined();
    expect(observer.view().hosts.size).toBe(10);
    expect(observer.gslb('k8gb.io/web/app0')).toBeDefined();
  });
});
