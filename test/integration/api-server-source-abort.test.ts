import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { configMaps, namespaces, roleBindings, secrets, services } from '#core/api/kubernetes.ts';
import { apiServerSource } from '#core/source/api-server/source.ts';
import { startApiServer } from '#test/support/api-server.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test('watches that end while they connect, and then their source, end in silence', async () => {
  await using server = await startApiServer();
  const uncaught: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  try {
    for (let ms = 0; ms < 20; ms += 1) {
      const ended = new AbortController();
      const running = new AbortController();
      const source = await apiServerSource({
        kubeconfig: server.kubeconfig,
        fieldManager: 'test',
        identity: 'test',
        log,
        now: () => performance.now(),
        random: Math.random,
        signal: ended.signal,
      });
      for (const resource of [namespaces, configMaps, secrets, services, roleBindings])
        source.watch({ resource, onChange: () => undefined }, running.signal).synced.catch(() => undefined);
      // Every moment of connecting has its turn, and what is under way has the time to arrive.
      await sleep(ms);
      running.abort();
      await sleep(60);
      ended.abort();
      await sleep(10);
    }
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of others) process.on('uncaughtException', listener);
  }
  expect(uncaught).toEqual([]);
});
