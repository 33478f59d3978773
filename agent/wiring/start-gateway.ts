import { once } from 'node:events';
import { parseTable } from '#agent/gateway/parse-table.ts';
import { type GatewayConfig, runGateway } from '#agent/gateway/run.ts';
import { names } from '#agent/model/names.ts';
import { type Secret, secrets } from '#core/api/kubernetes.ts';
import type { Surroundings } from '#core/program/run-daemon.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import type { AgentFlags } from './flags.ts';
import { openCluster, replicaOf } from './surroundings.ts';

/**
 * Runs a gateway until the signal aborts: keys and table come from its Secret, all that its account may read. A Secret
 * that cannot be read as one is logged, and the last good one stays.
 */
export async function startGateway(flags: AgentFlags, around: Surroundings): Promise<void> {
  const { env, output, signal } = around;
  const log = createLogger({
    name: 'offload-gateway',
    destination: output,
    level: flags.logLevel,
    format: flags.logFormat,
  });
  const replica = replicaOf(env);
  const source = await openCluster(flags, env, replica, log, signal);
  const gatewayLog = log.room('gateway');
  const listeners = new Set<(config: GatewayConfig) => void>();
  let last: GatewayConfig | undefined;
  const watch = source.watch<Secret>(
    {
      resource: secrets,
      namespace: replica.namespace,
      fieldSelector: `metadata.name=${names.gatewaySecret}`,
      onChange: (change) => {
        // A Secret that was deleted by mistake must not cut streams.
        if (change.type === 'deleted') return;
        try {
          last = readConfig(change.object);
          for (const listener of listeners) listener(last);
        } catch (error) {
          gatewayLog.error({ error }, 'the table cannot be read; the last one stays');
        }
      },
    },
    signal,
  );
  void watch.synced.catch(() => undefined);
  const gateway = runGateway(
    {
      onConfig: (listener) => {
        listeners.add(listener);
        if (last !== undefined) listener(last);
      },
      listen: flags.gateway,
      health: flags.health,
      bindAddress: '0.0.0.0',
      log: gatewayLog,
      random: Math.random,
      now: () => performance.now(),
    },
    signal,
  );
  await gateway;
  if (!signal.aborted) await once(signal, 'abort');
}

function readConfig({ data = {} }: Secret): GatewayConfig {
  const text = (name: string): string => {
    const value = data[name];
    if (value === undefined) throw new Error(`the Secret has no ${name}`);
    return Buffer.from(value, 'base64').toString('utf8');
  };
  return {
    keyPem: text('tls.key'),
    certificatePem: text('tls.crt'),
    table: parseTable(text('table.json')),
  };
}
