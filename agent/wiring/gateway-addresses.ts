import { names } from '#agent/model/names.ts';
import { type ConfigMap, configMaps } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';

/** HOST:PORT by which other clusters reach the gateway, from the agent's ConfigMap; empty: found by the nodes. */
export function gatewayAddresses(
  source: Source,
  namespace: string,
  onChange: () => void,
  signal: AbortSignal,
): () => readonly string[] {
  const watch = source.watch<ConfigMap>(
    { resource: configMaps, namespace, fieldSelector: `metadata.name=${names.clusterConfig}`, onChange },
    signal,
  );
  void watch.synced.catch(() => undefined);
  return () =>
    (watch.get(`${namespace}/${names.clusterConfig}`)?.data?.['gatewayAddresses'] ?? '')
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
}
