import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type AttackResult, attackTcp, attackUdp } from '#test/differential/attack.ts';
import { createRandom } from '#test/differential/random.ts';
import { type DifferentialResult, differenceText, runDifferential } from '#test/differential/run.ts';
import { startReference } from '#test/differential/servers.ts';
import { makeWorld } from '#test/differential/world.ts';
import { requirePackages } from '#tools/host/packages.ts';
import { startChild } from './harness/child.ts';
import { processTreeUsage } from './harness/process-tree.ts';
import type { BenchReport } from './harness/report.ts';
import { table } from './harness/table.ts';

const NAMES = 300;

/**
 * Long runs against our server in a process of its own, over each I/O way: generated questions that BIND gets too,
 * with the replies compared; mutated messages over UDP and TCP with legal questions in between, and its memory before
 * and after. Fails when a difference has no reason, a reply is not legal, a legal question is answered wrong, or
 * memory moved by more than 5 %. The same seed makes the same questions.
 *
 * Flags: `--seed N` (random), `--questions N` (50000), `--udp N` (10000000), `--tcp N` (100000), `--io ffi|dgram`
 * (both).
 */
export async function fuzz(argv: readonly string[]): Promise<BenchReport> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      questions: { type: 'string', default: '50000' },
      udp: { type: 'string', default: '10000000' },
      tcp: { type: 'string', default: '100000' },
      io: { type: 'string', multiple: true, default: ['ffi', 'dgram'] },
    },
  });
  await requirePackages(['bind9']);
  const seed = Number(values.seed);
  process.stderr.write(`seed ${seed}\n`);
  const runs: Run[] = [];
  for (const io of values.io)
    runs.push(
      await fuzzOver(io, seed, {
        questions: Number(values.questions),
        udp: Number(values.udp),
        tcp: Number(values.tcp),
      }),
    );
  const text = [`seed ${seed}`, summary(runs), ...runs.map(explanations)].join('\n\n');
  const faults = runs.flatMap(({ io, faults }) => faults.map((fault) => `${io}: ${fault}`));
  if (faults.length > 0) throw new Error(`${text}\n\n${faults.join('\n')}`);
  return { text, measurements: { seed, runs: runs.map((run) => ({ ...run, differential: undefined })) } };
}

interface Run {
  readonly io: string;
  readonly differential: DifferentialResult;
  readonly udp: AttackResult & { readonly seconds: number };
  readonly tcp: AttackResult & { readonly seconds: number };
  /** After a tenth of the datagrams and ten times the TCP messages, and after all of both once more. */
  readonly rssBytes: readonly [number, number];
  readonly faults: readonly string[];
}

async function fuzzOver(
  io: string,
  seed: number,
  counts: { readonly questions: number; readonly udp: number; readonly tcp: number },
): Promise<Run> {
  const random = createRandom(seed);
  const world = makeWorld(random, NAMES);
  const program = fileURLToPath(new URL('../differential/server-process.ts', import.meta.url));
  await using child = await startChild(
    ['setpriv', '--pdeathsig', 'KILL', process.execPath, program, String(seed), String(NAMES), io],
    /^port (\d+)$/m,
  );
  await using bind = await startReference(world);
  const server = { address: '127.0.0.1', port: Number(child.ready[1]) };
  const rss = () => processTreeUsage(child.pid).rssBytes;
  const say = (text: string) => process.stderr.write(`${io}: ${text}\n`);

  say(`${counts.questions} questions beside BIND`);
  const differential = await runDifferential({
    world,
    random,
    count: counts.questions,
    ours: server,
    theirs: bind,
  });
  const parts = { world, random, server };
  const attack = async (udpCount: number, tcpCount: number) => {
    const udp = await timed(() => attackUdp({ ...parts, count: udpCount, onProgress: teller('datagrams') }));
    const tcp = await timed(() =>
      attackTcp({ ...parts, count: tcpCount, onProgress: teller('TCP messages') }),
    );
    return { udp, tcp };
  };
  const teller = (what: string) => {
    let told = 0;
    return (sent: number) => {
      if (sent - told < 1_000_000) return;
      told = sent;
      say(`${sent} ${what}, ${megabytes(rss())} MiB`);
    };
  };
  // Code is compiled and heaps grow to what they stay: over TCP, which makes garbage, that takes a million messages.
  const first = await attack(Math.round(counts.udp / 10), counts.tcp * 10);
  const warm = rss();
  const rest = await attack(counts.udp, counts.tcp);
  const last = rss();
  const udp = sum(first.udp, rest.udp);
  const tcp = sum(first.tcp, rest.tcp);
  return {
    io,
    differential,
    udp,
    tcp,
    rssBytes: [warm, last],
    faults: [
      ...differential.unexplained.map(differenceText),
      ...(differential.silences > 0 ? [`${differential.silences} questions without an answer`] : []),
      ...udp.faults,
      ...tcp.faults,
      ...(Math.abs(last / warm - 1) > 0.05
        ? [`memory went from ${megabytes(warm)} to ${megabytes(last)} MiB`]
        : []),
    ],
  };
}

async function timed<T extends object>(work: () => Promise<T>): Promise<T & { readonly seconds: number }> {
  const startedMs = performance.now();
  const result = await work();
  return { ...result, seconds: Math.round((performance.now() - startedMs) / 1000) };
}

function sum<T extends AttackResult & { readonly seconds: number }>(a: T, b: T): T {
  return {
    ...a,
    sent: a.sent + b.sent,
    replies: a.replies + b.replies,
    probes: a.probes + b.probes,
    faults: [...a.faults, ...b.faults],
    seconds: a.seconds + b.seconds,
  };
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

function summary(runs: readonly Run[]): string {
  return table(
    ['I/O', 'beside BIND', 'unexplained', 'UDP', 's', 'replies', 'TCP', 's', 'probes', 'RSS MiB'],
    runs.map(({ io, differential, udp, tcp, rssBytes }) => [
      io,
      String(differential.questions),
      String(differential.unexplained.length),
      String(udp.sent),
      String(udp.seconds),
      String(udp.replies),
      String(tcp.sent),
      String(tcp.seconds),
      String(udp.probes + tcp.probes),
      rssBytes.map(megabytes).join(' to '),
    ]),
  );
}

const explanations = ({ io, differential }: Run): string =>
  [
    `Differences over ${io} that have a reason:`,
    ...[...differential.explained].map(([name, times]) => `  ${times} ${name}`),
  ].join('\n');
