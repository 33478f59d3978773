import { once } from 'node:events';
import { names } from '#agent/model/names.ts';
import { runLease } from '#core/kube/lease.ts';
import type { Surroundings } from '#core/program/run-daemon.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import type { AgentFlags } from './flags.ts';
import { startHealth } from './health.ts';
import { lead } from './lead.ts';
import { watchLiqo } from './liqo-present.ts';
import { openCluster, replicaOf } from './surroundings.ts';

/**
 * Runs the agent until the signal aborts: one replica, which holds the Lease, acts; the others wait for it. Resolves
 * when everything is closed; rejects only for what no waiting mends (no kubeconfig, a port that is taken).
 */
export async function startAgent(flags: AgentFlags, around: Surroundings): Promise<void> {
  const { version, env, output, signal } = around;
  const log = createLogger({
    name: 'offload-agent',
    destination: output,
    level: flags.logLevel,
    format: flags.logFormat,
  });
  const replica = replicaOf(env);
  // Ends everything, after the Lease was given up.
  const all = new AbortController();
  let term: { readonly ending: AbortController; readonly ended: Promise<void> } | undefined;
  try {
    const source = await openCluster(flags, env, replica, log, all.signal);
    const liqo = watchLiqo(source, all.signal);
    await startHealth(flags.health, () => liqo.present() ?? [], all.signal);
    /** A new term begins when the last one has ended: two of them would undo each other's work. */
    const begin = (): void => {
      const ending = new AbortController();
      const before = term?.ended ?? Promise.resolve();
      const ended = before
        .then(() =>
          ending.signal.aborted
            ? undefined
            : lead({ flags, replica, source, liqo, log, version }, ending.signal),
        )
        .catch((error: unknown) => {
          if (ending.signal.aborted) return;
          // What a term cannot begin without is not there; another replica, or a restart of this one, may have more luck.
          log.error({ error }, 'this replica cannot act');
          failed.resolve(error);
        });
      term = { ending, ended };
    };
    const failed = Promise.withResolvers<unknown>();
    const lease = runLease(
      {
        client: source,
        namespace: replica.namespace,
        name: names.agent,
        identity: replica.identity,
        now: () => performance.now(),
        random: Math.random,
        log: log.room('lease'),
        onAcquire: begin,
        onLose: () => term?.ending.abort(),
      },
      all.signal,
    );
    const stopped = signal.aborted ? Promise.resolve() : once(signal, 'abort').then(() => undefined);
    const failure = await Promise.race([stopped, failed.promise]);
    term?.ending.abort();
    await term?.ended;
    await lease.release();
    if (failure !== undefined) throw failure;
  } finally {
    term?.ending.abort();
    await term?.ended;
    all.abort();
  }
}
