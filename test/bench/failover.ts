import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type EndpointSlice, endpointSlices } from '#core/api/kubernetes.ts';
import { apiServerSource } from '#core/source/api-server/source.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { clusterFolder } from '#tools/playground/world/folders.ts';
import { Client } from './failover-client.ts';
import { load } from './harness/machine.ts';
import type { Bench } from './harness/report.ts';
import { median, quantile } from './harness/statistics.ts';
import { table } from './harness/table.ts';

/** Each trial has an application of its own: one that fails again and again is held back for longer each time. */
const appOf = (trial: number): string => `app-${trial + 1}`;
const hostOf = (app: string): string => `${app}.failover.cloud.example.com`;
const addresses = { eu: '192.0.2.1', us: '192.0.2.2' } as const;
const everyMs = 2;
const missAfterMs = 20_000;

/** One trial: milliseconds from the API server's reply to the first changed answer; undefined is a miss. */
interface Trial {
  readonly ownMs: number | undefined;
  readonly otherMs: number | undefined;
  readonly load: number;
}

/**
 * How fast answers follow an application that fails in eu: from the API server's reply to the write that empties its
 * EndpointSlice, to the first changed answer at a client that asks a sidecar of eu (own) and one of us (other) every
 * 2 ms over open UDP sockets. A world of its own, one machine, one monotonic clock. A miss is printed, never retried.
 * `--trials N` (default 20), `--instance NAME` (default bench).
 */
export const failover: Bench = async (argv) => {
  const { values } = parseArgs({
    args: [...argv],
    options: { trials: { type: 'string', default: '20' }, instance: { type: 'string', default: 'bench' } },
  });
  await using world = await raiseWorld({ instance: values.instance, scenario: 'one-name' });
  const trials = await measure(world, Number(values.trials));
  return { text: report(trials), measurements: { everyMs, trials } };
};

async function measure(world: TestWorld, count: number): Promise<readonly Trial[]> {
  const apps = Array.from({ length: count }, (_, trial) => appOf(trial));
  for (const cluster of ['eu', 'us'] as const)
    await world.apply(
      cluster,
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...apps.flatMap((app) => objects(app, addresses[cluster])),
    );
  const [eu] = world.plan.clusters;
  if (eu === undefined) throw new Error('the world has no clusters');
  const ending = new AbortController();
  const source = await apiServerSource({
    kubeconfig: join(clusterFolder(world.folder, eu), 'admin.kubeconfig'),
    fieldManager: 'bench',
    identity: 'bench',
    log: createLogger({ name: 'bench', destination: process.stderr, level: 'warn' }),
    now: () => performance.now(),
    random: Math.random,
    signal: ending.signal,
  });
  try {
    const trials: Trial[] = [];
    for (const app of apps) {
      const host = hostOf(app);
      using own = await Client.open(world.node('gslb-eu-1').address, 53, host, everyMs);
      using other = await Client.open(world.node('gslb-us-1').address, 53, host, everyMs);
      await Promise.all(
        [own, other].map((client) => client.until(`${addresses.eu} ${addresses.us}`, 60_000)),
      );
      // Peers ask once a second: every phase of it must be met.
      await pause(500 + randomInt(1000));
      await source.apply(endpointSlices, slice(app, false));
      const begin = performance.now();
      const [ownMs, otherMs] = await Promise.all(
        [own, other].map((client) =>
          client.until(addresses.us, missAfterMs).then(
            (atMs) => atMs - begin,
            () => undefined,
          ),
        ),
      );
      trials.push({ ownMs, otherMs, load: load() });
      process.stderr.write(
        `trial ${trials.length} of ${count}: own ${text(ownMs)} ms, other ${text(otherMs)} ms\n`,
      );
    }
    return trials;
  } finally {
    ending.abort();
  }
}

const text = (ms: number | undefined): string => (ms === undefined ? 'miss' : ms.toFixed(1));

function report(trials: readonly Trial[]): string {
  const rows = trials.map(({ ownMs, otherMs, load: average }, index) => [
    String(index + 1),
    text(ownMs),
    text(otherMs),
    average.toFixed(1),
  ]);
  const summary = (name: string, values: readonly (number | undefined)[]): string => {
    const hits = values.filter((value) => value !== undefined);
    const figures = [median(hits), quantile(hits, 0.99), Math.max(...hits)].map((value) => value.toFixed(1));
    return `${name}: median ${figures[0]} ms, p99 ${figures[1]} ms, max ${figures[2]} ms; ${values.length} attempts, ${values.length - hits.length} missed`;
  };
  return [
    table(['trial', 'own cluster ms', 'other cluster ms', 'load'], rows),
    '',
    summary(
      'own cluster',
      trials.map(({ ownMs }) => ownMs),
    ),
    summary(
      'other cluster',
      trials.map(({ otherMs }) => otherMs),
    ),
  ].join('\n');
}

const namespace = 'failover';

const slice = (app: string, ready: boolean): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: app, namespace, labels: { 'kubernetes.io/service-name': app } },
  addressType: 'IPv4',
  endpoints: ready ? [{ addresses: ['10.0.0.1'] }] : [],
  ports: [{ port: 80 }],
});

/** An application without pods: the bench writes its EndpointSlice. */
function objects(app: string, address: string): readonly object[] {
  const backend = { service: { name: app, port: { number: 80 } } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: app, namespace },
      spec: { ports: [{ port: 80 }] },
    },
    slice(app, true),
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'Gslb',
      metadata: { name: app, namespace, annotations: { 'k8gb.io/exposed-ip-addresses': address } },
      spec: {
        strategy: { type: 'roundRobin' },
        ingress: {
          ingressClassName: 'none',
          rules: [{ host: hostOf(app), http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        },
      },
    },
  ];
}
