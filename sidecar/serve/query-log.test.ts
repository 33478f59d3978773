import { spawnSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { question } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { COUNTER } from './counters.ts';
import type { ServeProblem } from './errors.ts';
import { type QueryLogFile, startQueryLog } from './query-log.ts';
import { createQueryRecorder, createQueryRing } from './query-ring.ts';

/** For a busy machine; each is met within milliseconds on an idle one. */
const patience = { timeout: 40_000 };

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function started(options: { readonly path?: string; readonly openFile?: () => Promise<QueryLogFile> } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'query-log-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const ring = createQueryRing();
  const { record } = createQueryRecorder(ring);
  const problems: ServeProblem[] = [];
  const path = join(folder, options.path ?? 'queries.json');
  const start = () => {
    const { openFile } = options;
    const log = startQueryLog({
      ring,
      path,
      retryMs: 50,
      onProblem: (problem) => problems.push(problem),
      ...(openFile === undefined ? {} : { openFile }),
    });
    closers.push(log.close);
    return log;
  };
  const ask = (owner: string, parts: { readonly replyBytes?: number } = {}) => {
    const bytes = question(owner);
    const client = createClient(COUNTER.UDP4);
    client.address.set([192, 0, 2, 1]);
    client.port = 5353;
    return record(client, 'send', bytes, bytes.length, parts.replyBytes ?? 100, 0);
  };
  return { path, problems, start, ask };
}

it('a query is a line of JSON', async () => {
  const { path, start, ask } = started();
  const log = start();
  ask('App.cloud.example.com');
  ask('quo"te.example', { replyBytes: 0 });
  await log.close();
  const [first, second] = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(first ?? '')).toEqual({
    time: '1970-01-01T00:00:00.000Z',
    client: '192.0.2.1',
    port: 5353,
    transport: 'udp',
    name: 'App.cloud.example.com',
    type: 'A',
    class: 'IN',
    rcode: 'NOERROR',
    queryBytes: 39,
    replyBytes: 100,
    action: 'send',
  });
  expect(JSON.parse(second ?? '')).toMatchObject({ name: 'quo\\"te.example', action: 'silence' });
  expect(log.lost()).toBe(0);
});

it('what comes while a write is under way is written next', async () => {
  const texts: string[] = [];
  const slow: QueryLogFile = {
    write: async (bytes, offset) => {
      await new Promise((later) => setTimeout(later, 20));
      // Half of it at a time.
      const bytesWritten = Math.ceil((bytes.length - offset) / 2);
      texts.push(bytes.toString('utf8', offset, offset + bytesWritten));
      return { bytesWritten };
    },
    close: async () => undefined,
  };
  const { start, ask } = started({ openFile: async () => slow });
  start();
  let asked = 0;
  const timer = setInterval(() => {
    ask(`n${asked}.example`);
    asked += 1;
  }, 5);
  closers.push(() => clearInterval(timer));
  const names = () => [...texts.join('').matchAll(/"name":"(n\d+)\./g)].map(([, label]) => label);
  await expect.poll(() => names().length, patience).toBeGreaterThan(40);
  expect(names()).toEqual(names().map((_, k) => `n${k}`));
});

it('a disk that hangs costs lines beyond 1 MiB, and the end is not held up', async () => {
  const hung: QueryLogFile = { write: () => new Promise(() => undefined), close: async () => undefined };
  const { start, ask } = started({ openFile: async () => hung });
  const log = start();
  let recorded = 0;
  const more = () => {
    for (let k = 0; k < 5000; k += 1) if (ask('app.cloud.example.com')) recorded += 1;
    return log.lost();
  };
  await expect.poll(more, patience).toBeGreaterThan(1000);
  expect(recorded - log.lost()).toBeLessThan(30_000);
  const begin = performance.now();
  await log.close();
  expect(performance.now() - begin).toBeLessThan(3000);
});

it('a pipe without a reader is a problem said once; with one, lines come', async () => {
  const { path, problems, start, ask } = started({ path: 'pipe' });
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  start();
  ask('lost.example');
  await expect.poll(() => problems.length, patience).toBe(1);
  expect(problems[0]).toMatchObject({ code: 'query-log-unwritable', cause: { code: 'ENXIO' } });
  const reader = createReadStream(path, 'utf8');
  closers.push(() => reader.destroy());
  let text = '';
  reader.on('data', (chunk) => {
    text += chunk;
  });
  await expect.poll(() => text, patience).toContain('lost.example');
});

it('a folder that is not there is a problem with a remedy', async () => {
  const { problems, start, ask } = started({ path: 'missing/queries.json' });
  start();
  ask('app.example');
  await expect.poll(() => problems.length, patience).toBe(1);
  expect(problems[0]?.hint).toContain('--query-log');
});
