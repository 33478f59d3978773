import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Child, startChild } from './harness/child.ts';
import { load, pinned } from './harness/machine.ts';
import { processTreeUsage } from './harness/process-tree.ts';
import type { Bench } from './harness/report.ts';
import { median } from './harness/statistics.ts';
import { table } from './harness/table.ts';

/** One run over one way. */
interface Run {
  readonly way: string;
  readonly connectionsPerSecond: number;
  /** Connections that were tried, and those that failed or were answered wrongly. */
  readonly attempts: number;
  readonly failures: number;
  /** Of everything between client and server, user and system. */
  readonly cpuMsPerConnection: number;
  readonly bulkGbitPerSecond: number;
  readonly cpuSecondsPerGigabyte: number;
  readonly load: number;
}

const parallel = 32;

/**
 * A client's connections to a server on loopback over two gateways (two processes, each with its own key, one HTTP/2
 * connection between them), against two plain TCP relays in a row (Node, the same processes without TLS or HTTP/2) in
 * alternating runs: new connections, each with one byte there and back, 32 at a time; and one connection that carries
 * bulk. Flags: `--runs N` (5), `--seconds N` per figure (3).
 */
export const gateway: Bench = async (argv) => {
  const { values } = parseArgs({
    args: [...argv],
    options: { runs: { type: 'string', default: '5' }, seconds: { type: 'string', default: '3' } },
  });
  const [count, seconds] = [Number(values.runs), Number(values.seconds)];
  await using stack = new AsyncDisposableStack();
  const part = async (...args: readonly string[]): Promise<Child> =>
    stack.use(
      await startChild(
        pinned(Number.POSITIVE_INFINITY, [process.execPath, partFile, ...args]),
        /^ready (.*)$/m,
      ),
    );
  const server = await part('server');
  const serverPort = said(server);
  const ways = await Promise.all([gateways(part, serverPort), relays(part, serverPort)]);
  const runs: Run[] = [];
  for (let run = 1; run <= count; run++)
    for (const way of ways) {
      process.stderr.write(`run ${run} of ${count}: ${way.name}\n`);
      runs.push(await measure(way, seconds * 1000));
    }
  return {
    text: report(
      ways.map(({ name }) => name),
      runs,
    ),
    measurements: { parallel, seconds, runs },
  };
};

const partFile = fileURLToPath(new URL('./gateway-part.ts', import.meta.url));

interface Way {
  readonly name: string;
  readonly port: number;
  readonly pids: readonly number[];
}

type Part = (...args: readonly string[]) => Promise<Child>;

const said = ({ ready }: Child): string => ready[1] ?? '';

async function gateways(part: Part, serverPort: string): Promise<Way> {
  const both = await part('gateways', serverPort);
  const [port = '', ...pids] = said(both).split(' ');
  return { name: 'two gateways', port: Number(port), pids: pids.map(Number) };
}

async function relays(part: Part, serverPort: string): Promise<Way> {
  const far = await part('relay', serverPort);
  const near = await part('relay', said(far));
  return { name: 'two plain relays', port: Number(said(near)), pids: [near.pid, far.pid] };
}

async function measure({ name, port, pids }: Way, ms: number): Promise<Run> {
  const cpu = () => pids.reduce((sum, pid) => sum + processTreeUsage(pid).cpuSeconds, 0);
  const cpuBefore = cpu();
  const begun = performance.now();
  let attempts = 0;
  let failures = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - begun < ms) {
      attempts++;
      if (!(await oneByte(port))) failures++;
    }
  };
  await Promise.all(Array.from({ length: parallel }, client));
  const secondsTaken = (performance.now() - begun) / 1000;
  const cpuBetween = cpu();
  const { bytes, seconds } = await bulk(port, ms);
  return {
    way: name,
    connectionsPerSecond: (attempts - failures) / secondsTaken,
    attempts,
    failures,
    cpuMsPerConnection: ((cpuBetween - cpuBefore) * 1000) / attempts,
    bulkGbitPerSecond: (bytes * 8) / seconds / 1e9,
    cpuSecondsPerGigabyte: ((cpu() - cpuBetween) * 1e9) / bytes,
    load: load(),
  };
}

/** A connection, a byte there and back, and both ends: whether all of it came. */
function oneByte(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let got = '';
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      got += chunk;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(got === 'e'));
    socket.end('e');
  });
}

/** `b` as the first byte asks the server for bytes without end. */
async function bulk(port: number, ms: number): Promise<{ readonly bytes: number; readonly seconds: number }> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined);
  socket.write('b');
  await once(socket, 'readable');
  const begun = performance.now();
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  await new Promise((resolve) => setTimeout(resolve, ms));
  const seconds = (performance.now() - begun) / 1000;
  socket.resetAndDestroy();
  return { bytes, seconds };
}

function report(ways: readonly string[], runs: readonly Run[]): string {
  const of = (way: string, figure: (run: Run) => number) =>
    median(runs.filter((run) => run.way === way).map(figure));
  const sum = (way: string, figure: (run: Run) => number) =>
    runs.filter((run) => run.way === way).reduce((total, run) => total + figure(run), 0);
  const rows = ways.map((way) => [
    way,
    of(way, (run) => run.connectionsPerSecond).toFixed(0),
    of(way, (run) => run.cpuMsPerConnection).toFixed(2),
    of(way, (run) => run.bulkGbitPerSecond).toFixed(2),
    of(way, (run) => run.cpuSecondsPerGigabyte).toFixed(2),
    `${sum(way, (run) => run.failures)} of ${sum(way, (run) => run.attempts)}`,
    `${Math.min(...runs.map((run) => run.load)).toFixed(1)}–${Math.max(...runs.map((run) => run.load)).toFixed(1)}`,
  ]);
  return table(['way', 'connections/s', 'CPU ms each', 'bulk Gb/s', 'CPU s per GB', 'failed', 'load'], rows);
}
