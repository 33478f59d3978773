import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { endpointSlices, nodes, pods } from '#core/api/kubernetes.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { freePort } from '#tools/host/free-port.ts';
import { Client } from './failover-client.ts';
import { type Child, startChild } from './harness/child.ts';
import { load } from './harness/machine.ts';
import type { Bench } from './harness/report.ts';
import { median, quantile } from './harness/statistics.ts';
import { table } from './harness/table.ts';
import { watchLoop } from './scale-loop.ts';
import {
  application,
  hostOf,
  ingressNodes,
  nodeStatus,
  peerAddress,
  peerObjects,
  podKey,
  podStatus,
  slice,
  surroundings,
} from './scale-objects.ts';
import { sweep } from './scale-sweep.ts';
import { openScaleWriter, type ScaleWriter } from './scale-writer.ts';

/** One line of the report. */
interface Figure {
  readonly what: string;
  readonly value: string;
  readonly asked?: string;
  readonly load: number;
}

/**
 * The released sidecar with `--gslbs N` (10000) in a real API server, each with its Ingress, Service and
 * EndpointSlice, and a peer of which it asks all of them: how long it starts until each name is answered, cold (all
 * statuses to write) and warm; its memory; what it writes and how long its event loop is held in `--quiet S` (60)
 * seconds in which nothing changes; `--trials N` (100) failovers of one application; and an ingress pod that fails,
 * which changes every answer. `--profile DIR` runs the sources instead and leaves their CPU profiles there.
 */
export const scale: Bench = async (argv) => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      gslbs: { type: 'string', default: '10000' },
      trials: { type: 'string', default: '100' },
      quiet: { type: 'string', default: '60' },
      profile: { type: 'string' },
    },
  });
  const count = Number(values.gslbs);
  const program: readonly [string, ...string[]] =
    values.profile === undefined
      ? [resolve('dist', `${process.platform}-${process.arch}`, 'gslb-sidecar')]
      : [process.execPath, '--cpu-prof', '--cpu-prof-dir', values.profile, 'sidecar/main.ts'];
  await promisify(execFile)(process.execPath, ['tools/build/main.ts']);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'interspan-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = stack.use(await startApiServer());
  const writer = stack.use(await openScaleWriter(server.kubeconfig));
  await fill(server, writer, count);

  const ports = { dns: await freePort(), admin: await freePort(), peer: await freePort() };
  stack.use(await startPeer(folder, ports, count));
  const start = () =>
    startChild(
      [
        ...program,
        ...['--geotag', 'eu', '--kubeconfig', server.kubeconfig, '--edge', 'none', '--log-format', 'text'],
        ...['--listen', `127.0.0.1:${ports.dns}`, '--admin', `127.0.0.1:${ports.admin}`],
        ...['--peer', `us=127.0.0.1:${ports.peer}`],
      ],
      /INFO {2}answering/,
    );
  const names = Array.from({ length: count }, (_, number) => hostOf(number));
  const figures: Figure[] = [];
  const note = (what: string, value: string, asked?: string): void => {
    figures.push({ what, value, load: load(), ...(asked === undefined ? {} : { asked }) });
    process.stderr.write(`${what}: ${value}\n`);
  };

  {
    const beginMs = performance.now();
    const answered = allAnswered(ports.dns, names, own);
    await using cold = await start();
    note('cold start, until all are answered', seconds((await answered) - beginMs));
    const patched = await quietAfterStatuses(writer, count);
    note('cold start, until all statuses are written', seconds(patched - beginMs));
    note('RSS then', rssMib(cold));
    await settled(writer, beginMs + decidedMs);
  }
  const beginMs = performance.now();
  const answered = allAnswered(ports.dns, names, own);
  const child = stack.use(await start());
  note('warm start, until all are answered', seconds((await answered) - beginMs), '< 8 s');
  note('CPU time of the sidecar till then', seconds(cpuMs(child)));
  await pause(10_000);
  note('RSS 10 s later', rssMib(child));

  const before = await writer.mutations();
  const loop = watchLoop(ports.admin);
  const busyMs = cpuMs(child);
  await pause(Number(values.quiet) * 1000);
  note(`CPU time in ${values.quiet} s without changes`, seconds(cpuMs(child) - busyMs));
  note(`event loop held in ${values.quiet} s without changes`, distribution(loop.stop()));
  const { changes, renewals } = difference(before, await writer.mutations());
  note('writes in that time, without Leases', changes.length === 0 ? '0' : changes.join(', '), '0');
  note('Leases renewed in that time', String(renewals));

  const trials = await failovers(writer, ports.dns, count, Number(values.trials));
  note(
    'one application fails, since the reply to the write',
    distribution(trials.map(({ ms }) => ms)),
    'p99 < 100 ms',
  );
  note(
    'the same, since the request',
    distribution(trials.map(({ sinceRequestMs }) => sinceRequestMs)),
    'p99 < 150 ms',
  );

  const [failing] = ingressNodes;
  if (failing === undefined) throw new Error('the bench has no nodes');
  for (const ready of [false, true]) {
    const busy = cpuMs(child);
    const watching = watchLoop(ports.admin);
    await writer.writes.patch(pods, podKey(failing.name), { status: podStatus(ready) }, 'status');
    const atMs = performance.now();
    const wanted = (addresses: readonly string[]) => addresses.includes(failing.address) === ready;
    const doneMs = await allAnswered(ports.dns, names.slice(trials.length), wanted);
    note(
      `an ingress pod ${ready ? 'comes back' : 'fails'}, until every answer has changed`,
      seconds(doneMs - atMs),
    );
    note('CPU time of the sidecar meanwhile', seconds(cpuMs(child) - busy));
    note('event loop held meanwhile', distribution(watching.stop()));
    await pause(30_000);
  }
  note('RSS at the end', rssMib(child));
  const rows = figures.map((figure) => [
    figure.what,
    figure.value,
    figure.asked ?? '',
    figure.load.toFixed(1),
  ]);
  return {
    text: table([`with ${count} Gslbs`, 'measured', 'asked', 'load'], rows),
    measurements: { count, figures, trials },
  };
};

const own = (addresses: readonly string[]): boolean =>
  ingressNodes.every(({ address }) => addresses.includes(address));

async function fill(server: TestApiServer, writer: ScaleWriter, count: number): Promise<void> {
  await server.kubectl('apply', '-k', 'manifests/gslb/crds');
  await server.kubectlWith(readFileSync('manifests/gslb/namespace.yaml', 'utf8'), 'apply', '-f', '-');
  await server.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s');
  // One after the other: pods need their namespace and node.
  for (const created of surroundings(count)) await writer.createAll([created]);
  for (const { name, address } of ingressNodes) {
    await writer.writes.patch(nodes, name, { status: nodeStatus(address) }, 'status');
    await writer.writes.patch(pods, podKey(name), { status: podStatus(true) }, 'status');
  }
  const beginMs = performance.now();
  await writer.createAll(Array.from({ length: count }, (_, number) => application(number)).flat());
  process.stderr.write(`${count * 4} objects created in ${seconds(performance.now() - beginMs)}\n`);
}

/** The sidecar of another cluster, from a folder, that has the same hosts and asks back. */
async function startPeer(
  folder: string,
  ports: { readonly dns: number; readonly peer: number },
  count: number,
): Promise<Child> {
  const objects = join(folder, 'peer');
  await mkdir(objects);
  const text = peerObjects(count)
    .map((object) => JSON.stringify(object))
    .join('\n---\n');
  await writeFile(join(objects, 'objects.yaml'), text);
  return startChild(
    [
      resolve('dist', `${process.platform}-${process.arch}`, 'gslb-sidecar'),
      ...['--geotag', 'us', '--from', objects, '--state-dir', join(folder, 'state'), '--edge', 'none'],
      ...['--listen', `127.0.0.1:${ports.peer}`, '--admin', 'none', '--log-format', 'text'],
      ...['--peer', `eu=127.0.0.1:${ports.dns}`],
    ],
    /INFO {2}answering/,
  );
}

/** When each name's answer is accepted. One is asked at a pace until then, so that the rest costs the sidecar nothing. */
async function allAnswered(
  port: number,
  names: readonly string[],
  accept: (addresses: readonly string[]) => boolean,
): Promise<number> {
  const [first = ''] = names;
  const endMs = performance.now() + patienceMs;
  for (;;) {
    try {
      await sweep(port, [first], accept, 50);
      return await sweep(port, names, accept, patienceMs);
    } catch (error) {
      if (performance.now() > endMs) throw error;
    }
  }
}

const patienceMs = 120_000;

/** When the last status was written, looked at each 250 ms. */
async function quietAfterStatuses(writer: ScaleWriter, count: number): Promise<number> {
  const endMs = performance.now() + 10 * 60_000;
  while (performance.now() < endMs) {
    const written = (await writer.mutations()).get('PATCH gslbs/status') ?? 0;
    if (written >= count) return performance.now();
    await pause(250);
  }
  throw new Error('the statuses were not written within 10 minutes');
}

/** After so long a sidecar says of probes that they have never passed, which those of this bench do not. */
const decidedMs = 45_000;
/** Without a write for so long nothing is to be written any more. */
const calmMs = 5_000;

/** Waits until then, and until the statuses are as they stay: the next start is to find nothing to write. */
async function settled(writer: ScaleWriter, notBeforeMs: number): Promise<void> {
  let [seen, sinceMs] = [-1, performance.now()];
  while (performance.now() < notBeforeMs || performance.now() - sinceMs < calmMs) {
    const written = (await writer.mutations()).get('PATCH gslbs/status') ?? 0;
    if (written !== seen) [seen, sinceMs] = [written, performance.now()];
    await pause(500);
  }
}

interface Trial {
  /** From the reply to the write, and from its request, to the changed answer. */
  readonly ms: number;
  readonly sinceRequestMs: number;
  readonly load: number;
}

async function failovers(
  writer: ScaleWriter,
  port: number,
  count: number,
  trials: number,
): Promise<readonly Trial[]> {
  const addresses = ingressNodes.map(({ address }) => address);
  const done: Trial[] = [];
  for (let trial = 0; trial < Math.min(trials, count); trial++) {
    using client = await Client.open('127.0.0.1', port, hostOf(trial), 2);
    await client.until([...addresses, peerAddress].sort().join(' '), 60_000);
    await pause(100 + randomInt(200));
    const changed = client.until(peerAddress, 20_000);
    const requestMs = performance.now();
    await writer.writes.apply(endpointSlices, slice(trial, false));
    const replyMs = performance.now();
    const atMs = await changed;
    done.push({ ms: Math.max(0, atMs - replyMs), sinceRequestMs: atMs - requestMs, load: load() });
  }
  return done;
}

function difference(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): { readonly changes: readonly string[]; readonly renewals: number } {
  const grown = [...after].flatMap(([key, value]) => {
    const by = value - (before.get(key) ?? 0);
    return by === 0 ? [] : [{ key, by }];
  });
  const isLease = ({ key }: { readonly key: string }) => key.endsWith(' leases');
  return {
    changes: grown.filter((each) => !isLease(each)).map(({ key, by }) => `${by} ${key}`),
    renewals: grown.filter(isLease).reduce((sum, { by }) => sum + by, 0),
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

const distribution = (ms: readonly number[]): string =>
  `median ${median(ms).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)} ms, max ${Math.max(...ms).toFixed(1)} ms (${ms.length})`;

function rssMib({ pid }: Child): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string) =>
    (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
  return `${mib('VmRSS')} MiB, ${mib('RssFile')} of it of the executable; most ${mib('VmHWM')}`;
}

/** User and system time of all its threads so far. */
function cpuMs({ pid }: Child): number {
  // Behind the name, which may hold spaces: fields 14 and 15 of proc(5), in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
