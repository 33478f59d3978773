import { isDeepStrictEqual } from 'node:util';
import { names } from '#agent/model/names.ts';
import { type ConfigMap, configMaps } from '#core/api/kubernetes.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { readClusterConfig } from './cluster-config.ts';
import { hasPeerings } from './has-peerings.ts';
import type { Identity } from './identity.ts';

export interface FollowConfigOptions {
  readonly source: Pick<ApiServerSource, 'watch' | 'readList' | 'recordEvent'>;
  /** Of the agent. */
  readonly namespace: string;
  readonly identity: Pick<Identity, 'clusterID' | 'clusterLabels'>;
  readonly log: Logger;
  readonly onChange: () => void;
  /** Between two looks whether the peerings that keep an id have ended, milliseconds. Default 1000. */
  readonly againMs?: number;
}

/**
 * Calls `onChange` once when ConfigMap `offload-cluster` says another id or other labels than the identity has: what
 * began with the former ones is to begin anew. Another id waits, and an event says so, until there are no peerings
 * under the former one. A ConfigMap that cannot be read, or is gone, changes nothing.
 */
export function followConfig(options: FollowConfigOptions, signal: AbortSignal): void {
  const { source, namespace, identity, log, onChange, againMs = 1000 } = options;
  const { clusterID, clusterLabels } = identity;
  let newest: ConfigMap | undefined;
  let looking = false;
  let told = '';

  const tell = async (about: ConfigMap, wanted: string): Promise<void> => {
    if (told === wanted) return;
    told = wanted;
    const message = `this cluster stays ${clusterID} while it has peerings under that id; ${wanted} holds when they have ended (kubectl offload unpeer)`;
    log.warn({ wanted }, message);
    await source.recordEvent({ type: 'Warning', reason: 'ClusterIDKept', message, about });
  };

  /** Whether it is to be looked at again. */
  const judge = async (object: ConfigMap): Promise<boolean> => {
    const config = readClusterConfig(object);
    if (typeof config === 'string' || isDeepStrictEqual(config, { clusterID, clusterLabels })) return false;
    const sameLabels = isDeepStrictEqual(config.clusterLabels, clusterLabels);
    if (sameLabels && (await hasPeerings(source, namespace))) {
      await tell(object, config.clusterID);
      return true;
    }
    log.info({ before: clusterID, now: config.clusterID }, 'this cluster has another id or other labels');
    onChange();
    return false;
  };

  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    while (newest !== undefined && !signal.aborted) {
      const object: ConfigMap = newest;
      const again = await judge(object).catch((error: unknown) => {
        if (!signal.aborted) log.warn({ error }, 'whether there are peerings could not be found out');
        return true;
      });
      if (newest !== object) continue;
      if (!again) break;
      await pause(againMs, signal).catch(() => undefined);
    }
    looking = false;
  };

  const watch = source.watch<ConfigMap>(
    {
      resource: configMaps,
      namespace,
      fieldSelector: `metadata.name=${names.clusterConfig}`,
      onChange: ({ type, object }) => {
        newest = type === 'deleted' ? undefined : object;
        void look();
      },
    },
    signal,
  );
  void watch.synced.catch(() => undefined);
}
