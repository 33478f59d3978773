import { isDeepStrictEqual } from 'node:util';
import { names } from '#agent/model/names.ts';
import { type ConfigMap, configMaps } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { readClusterConfig } from './cluster-config.ts';
import type { Identity } from './identity.ts';

/**
 * Calls `onChange` once when ConfigMap `offload-cluster` says another id or other labels than the identity has: what
 * began with the former ones is to begin anew. One that cannot be read, or is gone, changes nothing.
 */
export function followConfig(
  options: {
    readonly source: Pick<Source, 'watch'>;
    /** Of the agent. */
    readonly namespace: string;
    readonly identity: Pick<Identity, 'clusterID' | 'clusterLabels'>;
    readonly log: Logger;
    readonly onChange: () => void;
  },
  signal: AbortSignal,
): void {
  const { source, namespace, identity, log, onChange } = options;
  const { clusterID, clusterLabels } = identity;
  let said = false;
  const watch = source.watch<ConfigMap>(
    {
      resource: configMaps,
      namespace,
      fieldSelector: `metadata.name=${names.clusterConfig}`,
      onChange: ({ type, object }) => {
        const config = readClusterConfig(object);
        if (said || type === 'deleted' || typeof config === 'string') return;
        if (isDeepStrictEqual(config, { clusterID, clusterLabels })) return;
        said = true;
        log.info({ before: clusterID, now: config.clusterID }, 'this cluster has another id or other labels');
        onChange();
      },
    },
    signal,
  );
  void watch.synced.catch(() => undefined);
}
