import { randomUUID } from 'node:crypto';
import type { Surroundings } from '#core/program/run-daemon.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import type { RootLogger } from '#core/telemetry/logger.ts';
import type { AgentFlags } from './flags.ts';

/** This replica: its names in Leases and events. */
export interface Replica {
  readonly identity: string;
  readonly namespace: string;
  /** Undefined outside of a pod. */
  readonly address: string | undefined;
}

export function replicaOf(env: Surroundings['env']): Replica {
  return {
    identity: env['POD_NAME'] ?? `${env['HOSTNAME'] ?? 'offload'}-${randomUUID().slice(0, 8)}`,
    namespace: env['POD_NAMESPACE'] ?? 'offload-system',
    address: env['POD_IP'],
  };
}

/** This cluster's API server. Rejects with SourceError `kubeconfig` when there is nothing to reach it with. */
export function openCluster(
  flags: AgentFlags,
  env: Surroundings['env'],
  { identity }: Replica,
  log: RootLogger,
  signal: AbortSignal,
): Promise<ApiServerSource> {
  const kubeconfig =
    flags.kubeconfig ?? (env['KUBERNETES_SERVICE_HOST'] === undefined ? undefined : 'in-cluster');
  return apiServerSource({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    fieldManager: `offload-${flags.program}`,
    identity,
    log: log.room('source'),
    now: () => performance.now(),
    random: Math.random,
    signal,
  });
}
