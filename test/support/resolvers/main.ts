import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDnsServer } from '#sidecar/serve/server.ts';
import { everyQuestion, resolve } from './ask.ts';
import { startParents } from './parents.ts';
import { places } from './places.ts';
import { type ResolverName, startResolver } from './resolver.ts';

// Run in a network namespace of its own (`unshare --net`). Its argument is a resolver, which is put in front of our
// server below a signed parent and asked everything. Prints JSON: what it answered, and which names it asked us for.
const name = process.argv[2] as ResolverName;
const ip = (...words: readonly string[]) => promisify(execFile)('ip', words);
await ip('link', 'set', 'lo', 'up');
// BIND listens only on addresses that an interface has by itself.
for (const address of Object.values(places).flat()) await ip('address', 'add', `${address}/32`, 'dev', 'lo');
const folder = await mkdtemp(join(tmpdir(), 'interspan-resolver-'));
try {
  process.stdout.write(JSON.stringify(await inFront()));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function inFront(): Promise<object> {
  await using parents = await startParents(folder);
  const log = join(folder, 'queries.json');
  await using _server = await startOurs(log);
  await using resolver = await startResolver(name, folder, parents.key);
  const answers: Record<string, string> = {};
  try {
    for (const question of everyQuestion) answers[question.text] = await resolve(resolver.address, question);
  } catch (error) {
    throw new Error(`${name} does not answer; it said:\n${resolver.said()}`, { cause: error });
  }
  // The log is written ten times a second.
  await new Promise((later) => setTimeout(later, 300));
  const asked = (await readFile(log, 'utf8')).trim().split('\n');
  return { answers, asked: asked.map((line) => (JSON.parse(line) as { name?: string }).name ?? '') };
}

async function startOurs(queryLog: string): Promise<AsyncDisposable> {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const zone = 'cloud.example.com';
  const server = await startDnsServer(
    {
      listen: places.ours.map((address) => ({ address, port: 53 })),
      log: silent,
      queryLog: { path: queryLog, oneIn: 1 },
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    new AbortController().signal,
  );
  const named = (owner: string, a: readonly string[], aaaa: readonly string[] = []) => ({
    name: `${owner}.${zone}`,
    zone,
    a: { kind: 'fixed', addresses: a } as const,
    aaaa: { kind: 'fixed', addresses: aaaa } as const,
    ttlSeconds: 30,
    negativeTtlSeconds: 5,
  });
  server.patch({
    zones: [
      {
        name: zone,
        nameServers: places.ours.map((_, k) => `gslb-ns-${k}-cloud.example.com`),
        nsTtlSeconds: 60,
        negativeTtlSeconds: 20,
        serial: 7,
      },
    ],
    names: [
      named('app', ['10.0.0.1', '10.0.0.2'], ['fd00::1']),
      named('*.apps', ['10.0.0.9']),
      named('a.deep.down', ['10.0.0.3']),
      named('idle', []),
      named(
        'many',
        Array.from({ length: 100 }, (_, k) => `10.0.1.${k}`),
      ),
    ],
    removed: [],
  });
  while (server.counters().snapshot.names < 5) await new Promise((later) => setTimeout(later, 5));
  return { [Symbol.asyncDispose]: () => server.close() };
}
