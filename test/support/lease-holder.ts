import { runLease } from '#core/kube/lease.ts';
import { apiServerSource } from '#core/source/api-server/source.ts';

/*
 * A process that takes part in an election, for a test to stop and continue: prints `acquired`, `lost`, and on every
 * line of its standard input `held` or `not held`. Arguments: kubeconfig, namespace, identity, duration in ms.
 */
const [kubeconfig = '', namespace = '', identity = '', duration = ''] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const ending = new AbortController();
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const now = (): number => performance.now();

const source = await apiServerSource({
  kubeconfig,
  fieldManager: 'lease-holder',
  identity,
  log,
  now,
  random: Math.random,
  signal: ending.signal,
});
const lease = runLease(
  {
    client: source,
    namespace,
    name: 'test',
    identity,
    durationMs: Number(duration),
    renewMs: Number(duration) / 5,
    now,
    random: Math.random,
    log,
    onAcquire: () => say('acquired'),
    onLose: () => say('lost'),
  },
  ending.signal,
);
process.stdin.on('data', () => say(lease.isHeld() ? 'held' : 'not held'));
process.stdin.on('end', async () => {
  await lease.release();
  ending.abort();
});
