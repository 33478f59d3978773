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
 * memory grew by more than 5 % (when it falls, garbage was collected). The same seed makes the same questions.
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
  readonly udp: Phase;
  readonly tcp: Phase;
  readonly faults: readonly string[];
}

interface Phase extends AttackResult {
  readonly seconds: number;
  /** When the server was warm, and at the end. */
  readonly rssBytes: readonly [number, number];
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
  const teller = (what: string) => {
    let told = 0;
    return (sent: number) => {
      if (sent - told < 1_000_000) return;
      told = sent;
      say(`${sent} ${what}, ${megabytes(rss())} MiB`);
    };
  };
  const phase = async (
    attack: typeof attackUdp,
    what: string,
    first: number,
    then: number,
  ): Promise<Phase> => {
    const parts = { world, random, server, onProgress: teller(what) };
    const startedMs = performance.now();
    const before = await attack({ ...parts, count: first });
    const warm = rss();
    const rest = await attack({ ...parts, count: then });
    return {
      sent: before.sent + rest.sent,
      replies: before.replies + rest.replies,
      probes: before.probes + rest.probes,
      faults: [...before.faults, ...rest.faults],
      seconds: Math.round((performance.now() - startedMs) / 1000),
      rssBytes: [warm, rss()],
    };
  };
  // Until code is compiled and the heap has grown to what it stays: over TCP, which makes garbage, a million messages.
  const udp = await phase(attackUdp, 'datagrams', Math.round(counts.udp / 10), counts.udp);
  const tcp = await phase(attackTcp, 'TCP messages', counts.tcp * 10, counts.tcp);
  return {
    io,
    differential,
    udp,
    tcp,
    faults: [
      ...differential.unexplained.map(differenceText),
      ...(differential.silences > 0 ? [`${differential.silences} questions without an answer`] : []),
      ...udp.faults,
      ...tcp.faults,
      ...growth('UDP', udp),
      ...growth('TCP', tcp),
    ],
  };
}

function growth(what: string, { rssBytes: [warm, last] }: Phase): readonly string[] {
  return last / warm > 1.05 ? [`${what}: memory grew from ${megabytes(warm)} to ${megabytes(last)} MiB`] : [];
}

const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

function summary(runs: readonly Run[]): string {
  return table(
    ['I/O', 'beside BIND', 'unexplained', 'UDP', 's', 'MiB', 'TCP', 's', 'MiB', 'replies', 'probes'],
    runs.map(({ io, differential, udp, tcp }) => [
      io,
      String(differential.questions),
      String(differential.unexplained.length),
      String(udp.sent),
      String(udp.seconds),
      udp.rssBytes.map(megabytes).join(' to '),
      String(tcp.sent),
      String(tcp.seconds),
      tcp.rssBytes.map(megabytes).join(' to '),
      String(udp.replies + tcp.replies),
      String(udp.probes + tcp.probes),
    ]),
  );
}

const explanations = ({ io, differential }: Run): string =>
  [
    `Differences over ${io} that have a reason:`,
    ...[...differential.explained].map(([name, times]) => `  ${times} ${name}`),
  ].join('\n');
