import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type CustomKind, objectSchema } from '#core/api/custom-kind.ts';
import { gslbClusterKind } from '#core/api/gslb-cluster/schema.ts';
import { gslbPolicyKind } from '#core/api/gslb-policy/schema.ts';
import { prune } from '#core/api/prune.ts';
import { validate } from '#core/api/validate.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

/*
 * Every rule of GslbPolicy and GslbCluster at a real API server: what it refuses, with its sentence, and the next best
 * thing, which is admitted. The same is asked of the validation that a folder of files goes through.
 */

const crds = join(import.meta.dirname, '../../manifests/gslb/crds');
let server: TestApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await server.kubectl('apply', '--server-side', '-k', crds);
  await server.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');
});
afterAll(() => server?.[Symbol.asyncDispose]());

const dryRun = async (object: unknown): Promise<unknown> =>
  JSON.parse(
    await server.kubectlWith(stringify(object), 'create', '--dry-run=server', '-o', 'json', '-f', '-'),
  );

const object = (kind: CustomKind, spec: unknown, name = 'us') => ({
  apiVersion: `${kind.resource.group}/${kind.resource.version}`,
  kind: kind.resource.kind,
  metadata: kind.resource.namespaced ? { name, namespace: 'default' } : { name },
  spec,
});
const targetRefs = [{ name: 'app' }];
const policy = (spec: object) => object(gslbPolicyKind, { targetRefs, ...spec });
const cluster = (spec: object, name?: string) => object(gslbClusterKind, spec, name);

/** What of it a folder says, after the defaults are filled in. */
const inFolder = (kind: CustomKind, wanted: unknown): string =>
  validate(objectSchema(kind), prune(objectSchema(kind), wanted).value)
    .map(({ message }) => message)
    .join('; ');

const geoTag = 'a geotag is lower-case letters, digits and dashes, for example eu-west';
const duration = 'a duration is whole hours, minutes and seconds, for example 30s, 10m or 1h30m';
const prefix = 'a prefix is an address, a slash and a length, for example 192.0.2.0/24 or 2001:db8::/32';
const address = 'an address is IPv4 or IPv6, for example 192.0.2.1 or 2001:db8::1; names are not taken here';
const name =
  'a GslbCluster is named by the geotag of its cluster: at most 63 lower-case letters, digits and dashes, no dots';

/** Refused, with its sentence; admitted. */
const rules: readonly [string, CustomKind, unknown, string, unknown][] = [
  [
    'the order in capital letters',
    gslbPolicyKind,
    policy({ failover: { order: ['us', 'EU'] } }),
    geoTag,
    policy({ failover: { order: ['us', 'eu-1'] } }),
  ],
  [
    'mode After without after',
    gslbPolicyKind,
    policy({ failover: { failback: { mode: 'After' } } }),
    'failback mode After needs a duration: set failback.after, for example 10m',
    policy({ failover: { failback: { mode: 'After', after: '1h30m' } } }),
  ],
  [
    'after without mode After',
    gslbPolicyKind,
    policy({ failover: { failback: { after: '10m' } } }),
    'failback.after counts with mode After only: set failback.mode to After, or remove failback.after',
    policy({ failover: { failback: {} } }),
  ],
  [
    'a duration without unit',
    gslbPolicyKind,
    policy({ failover: { failback: { mode: 'After', after: '10' } } }),
    duration,
    policy({ failover: { failback: { mode: 'After', after: '10s' } } }),
  ],
  [
    'a wait of days',
    gslbPolicyKind,
    policy({ safety: { wait: '1d' } }),
    duration,
    policy({ safety: { wait: '24h', minClustersOn: 1 } }),
  ],
  [
    'a network without length',
    gslbPolicyKind,
    policy({ nets: [{ prefix: '192.0.2.0', geoTag: 'us' }] }),
    prefix,
    policy({ nets: [{ prefix: '192.0.2.0/24', geoTag: 'us' }] }),
  ],
  [
    'a fence around nobody',
    gslbPolicyKind,
    policy({ fence: [{ prefix: '2001:db8::/32', geoTag: '-' }] }),
    geoTag,
    policy({
      fence: [
        { prefix: '2001:db8::/32', geoTag: 'us' },
        { prefix: '2001:db8::/32', geoTag: 'eu' },
      ],
    }),
  ],
  [
    'a name for an address',
    gslbPolicyKind,
    policy({ addresses: ['lb.example.com'] }),
    address,
    policy({ addresses: ['192.0.2.1', '2001:db8::1'] }),
  ],
  [
    'Fallback to nothing',
    gslbPolicyKind,
    policy({ whenAllDown: { mode: 'Fallback', addresses: [] } }),
    'whenAllDown mode Fallback needs addresses: set whenAllDown.addresses',
    policy({ whenAllDown: { mode: 'Fallback', addresses: ['192.0.2.1'] } }),
  ],
  [
    'addresses without Fallback',
    gslbPolicyKind,
    policy({ whenAllDown: { mode: 'LastGood', addresses: ['192.0.2.1'] } }),
    'whenAllDown.addresses counts with mode Fallback only: set whenAllDown.mode to Fallback, or remove the addresses',
    policy({ whenAllDown: { mode: 'LastGood' } }),
  ],
  [
    'a probe of nothing with a port',
    gslbPolicyKind,
    policy({ probe: { type: 'None', port: 80 } }),
    'probe type None tries nothing: remove port, path and host, or choose another type',
    policy({ probe: { type: 'None' } }),
  ],
  [
    'a TCP probe without port',
    gslbPolicyKind,
    policy({ probe: { type: 'TCP' } }),
    'probe type TCP needs a port: set probe.port',
    policy({ probe: { type: 'TCP', port: 443 } }),
  ],
  [
    'a TCP probe with a path',
    gslbPolicyKind,
    policy({ probe: { type: 'TCP', port: 80, path: '/' } }),
    'probe type TCP only connects: remove path and host, or choose HTTP or HTTPS',
    policy({ probe: { type: 'HTTP', port: 80, path: '/' } }),
  ],
  [
    'a path without slash',
    gslbPolicyKind,
    policy({ probe: { type: 'HTTP', path: 'up' } }),
    'probe.path begins with a slash and has no spaces, for example /healthz',
    policy({ probe: { type: 'HTTP', path: '/up?deep=1' } }),
  ],
  [
    'a Host with a port',
    gslbPolicyKind,
    policy({ probe: { type: 'HTTPS', host: 'app.example.com:443' } }),
    'probe.host is a DNS name without port, for example app.example.com',
    policy({ probe: { type: 'HTTPS', port: 443, host: 'app.example.com' } }),
  ],
  [
    'an override of nobody',
    gslbPolicyKind,
    policy({ overrides: [{ geoTag: 'US', state: 'Drained' }] }),
    geoTag,
    policy({
      overrides: [
        {
          geoTag: 'us',
          state: 'Drained',
          until: '2026-01-01T12:00:00Z',
          reason: 'upgrade',
          breakGlass: true,
        },
      ],
    }),
  ],
  [
    'a country in small letters',
    gslbClusterKind,
    cluster({ location: { country: 'de' } }),
    'country is two capital letters of ISO 3166-1, for example DE',
    cluster({ location: { country: 'DE', continent: 'EU', label: 'fra1' } }),
  ],
  [
    'a location that says nothing',
    gslbClusterKind,
    cluster({ location: {} }),
    'location says nothing: give country, continent or label, or leave location out',
    cluster({}),
  ],
  ['a name with a dot', gslbClusterKind, cluster({}, 'eu.west'), name, cluster({}, 'eu-west')],
  [
    'a name that is too long',
    gslbClusterKind,
    cluster({}, 'a'.repeat(64)),
    name,
    cluster({}, 'a'.repeat(63)),
  ],
];

test.each(rules)('%s is refused with a remedy', async (_title, kind, refused, sentence, admitted) => {
  await expect(dryRun(refused)).rejects.toThrow(sentence);
  expect(inFolder(kind, refused)).toContain(sentence);
  await dryRun(admitted);
  expect(inFolder(kind, admitted)).toBe('');
});

/** What the schema itself refuses, in the words of the API server; the twins are above. */
test.each<[string, unknown, string]>([
  ['no targetRefs', object(gslbPolicyKind, {}), 'spec.targetRefs: Required value'],
  ['empty targetRefs', object(gslbPolicyKind, { targetRefs: [] }), 'should have at least 1 items'],
  [
    'a target that is no Gslb',
    object(gslbPolicyKind, { targetRefs: [{ kind: 'Ingress', name: 'app' }] }),
    'supported values: "Gslb"',
  ],
  [
    'a target of another group',
    object(gslbPolicyKind, { targetRefs: [{ group: 'apps', name: 'app' }] }),
    'supported values: "k8gb.io", "k8gb.absa.oss"',
  ],
  ['a cluster twice in the order', policy({ failover: { order: ['us', 'us'] } }), 'Duplicate value: "us"'],
  [
    'a cluster overridden twice',
    policy({
      overrides: [
        { geoTag: 'us', state: 'Drained' },
        { geoTag: 'us', state: 'Drained' },
      ],
    }),
    'Duplicate value',
  ],
  [
    'a network twice',
    policy({
      nets: [
        { prefix: '10.0.0.0/8', geoTag: 'us' },
        { prefix: '10.0.0.0/8', geoTag: 'eu' },
      ],
    }),
    'Duplicate value',
  ],
  ['a limit of none', policy({ limit: 0 }), 'should be greater than or equal to 1'],
  ['an affinity of 33 bits', policy({ affinity: { ipv4Bits: 33 } }), 'should be less than or equal to 32'],
  [
    'another failback',
    policy({ failover: { failback: { mode: 'Never' } } }),
    'supported values: "Auto", "Manual", "After"',
  ],
  ['another end', policy({ whenAllDown: { mode: 'Nothing' } }), '"NoData", "LastGood", "All", "Fallback"'],
  ['another probe', policy({ probe: { type: 'UDP' } }), '"None", "TCP", "HTTP", "HTTPS"'],
  ['an override to another state', cluster({ override: { state: 'Off' } }), 'supported values: "Drained"'],
  [
    'an override without state',
    cluster({ override: { reason: 'upgrade' } }),
    'override.state: Required value',
  ],
  ['an end that is no time', cluster({ override: { state: 'Drained', until: '2h' } }), 'date-time'],
  ['a continent that is none', cluster({ location: { continent: 'EUR' } }), 'supported values: "AF", "AN"'],
  ['a field that is not known', cluster({ overide: { state: 'Drained' } }), 'unknown field "spec.overide"'],
])('%s is refused', async (_title, refused, reason) => {
  await expect(dryRun(refused)).rejects.toThrow(reason);
});

test('defaults are filled in', async () => {
  const spec = { affinity: {}, failover: { failback: {} }, whenAllDown: {}, safety: {} };
  expect(await dryRun(policy(spec))).toMatchObject({
    spec: {
      targetRefs: [{ group: 'k8gb.io', kind: 'Gslb', name: 'app' }],
      affinity: { ipv4Bits: 24, ipv6Bits: 56 },
      failover: { failback: { mode: 'Auto' } },
      whenAllDown: { mode: 'NoData' },
      safety: { minClustersOn: 0 },
    },
  });
});

const table = async (...what: readonly string[]): Promise<readonly string[][]> =>
  (await server.kubectl('get', ...what))
    .trim()
    .split('\n')
    .map((line) => line.split(/\s{2,}/));
const setStatus = (kind: string, status: unknown) =>
  server.kubectl(
    'patch',
    kind,
    'us',
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status }),
  );

test('kubectl get tells how clusters are', async () => {
  await server.kubectlWith(stringify(cluster({})), 'apply', '-f', '-');
  const override = { state: 'Drained', since: '2026-01-01T12:00:00Z', until: '2026-01-02T12:00:00Z' };
  await setStatus('gslbclusters', { state: 'Answering', hosts: 3, override });
  const [head, row] = await table('gslbclusters');
  expect(head).toEqual(['NAME', 'STATE', 'HOSTS', 'OVERRIDE', 'UNTIL', 'AGE']);
  expect(row?.slice(0, -1)).toEqual(['us', 'Answering', '3', 'Drained', '2026-01-02T12:00:00Z']);
});

test('kubectl get tells what policies are attached to', async () => {
  await server.kubectlWith(stringify(policy({})), 'apply', '-f', '-');
  const now = '2026-01-01T12:00:00Z';
  const accepted = {
    type: 'Accepted',
    status: 'False',
    reason: 'Conflicted',
    message: '',
    lastTransitionTime: now,
  };
  await setStatus('gslbpolicies', { conditions: [accepted], attached: 'app', drained: 'eu, us' });
  const [head, row] = await table('gslbpolicies');
  expect(head).toEqual(['NAME', 'ACCEPTED', 'REASON', 'ATTACHED', 'DRAINED', 'AGE']);
  expect(row?.slice(0, 4)).toEqual(['us', 'False', 'Conflicted', 'app']);
  expect(row?.[4]).toBe('eu, us');
});
