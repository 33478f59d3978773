import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';

const script = join(import.meta.dirname, '../support/lease-holder.ts');
const durationMs = 3000;
let server: TestApiServer;
const children: ChildProcess[] = [];

beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function holder(namespace: string, identity: string) {
  const args = [script, server.kubeconfig, namespace, identity, String(durationMs)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    line: async (): Promise<string> => (await lines.next()).value as string,
    ask: (): void => void child.stdin.write('?\n'),
  };
}

test('a holder that is paused loses the Lease to another, and knows it when it wakes', async () => {
  await server.kubectl('create', 'namespace', 'paused');
  const a = holder('paused', 'a');
  expect(await a.line()).toBe('acquired');
  const b = holder('paused', 'b');
  a.ask();
  expect(await a.line()).toBe('held');

  a.child.kill('SIGSTOP');
  const began = performance.now();
  expect(await b.line()).toBe('acquired');
  // Not before a may still believe in it, which is a tenth less than its duration after the last renewal.
  expect(performance.now() - began).toBeGreaterThan(durationMs * (1 - 1 / 5) - 100);
  a.ask();
  a.child.kill('SIGCONT');
  // Whichever comes first, it never says that it holds it.
  expect([await a.line(), await a.line()].toSorted()).toEqual(['lost', 'not held']);
  const lease = JSON.parse(await server.kubectl('get', 'lease', '-n', 'paused', 'test', '-o', 'json'));
  expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1, leaseDurationSeconds: 3 });
});

test('a holder that ends well hands over at once', async () => {
  await server.kubectl('create', 'namespace', 'released');
  const a = holder('released', 'a');
  expect(await a.line()).toBe('acquired');
  const b = holder('released', 'b');
  // It runs: what is measured is not how long Node takes to start.
  b.ask();
  expect(await b.line()).toBe('not held');
  a.child.stdin?.end();
  await once(a.child, 'exit');
  const began = performance.now();
  expect(await b.line()).toBe('acquired');
  expect(performance.now() - began).toBeLessThan(durationMs);
});
