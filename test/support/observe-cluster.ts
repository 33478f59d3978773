import { apiServerSource } from '#core/source/api-server/source.ts';
import {
  type ClusterChange,
  type Observer,
  type ObserverOptions,
  startObserver,
} from '#sidecar/observe/start-observer.ts';
import type { TestApiServer } from './api-server.ts';
import { sidecarKubeconfig } from './sidecar-kubeconfig.ts';

/** The sidecar's eyes over a real API server. */
export interface ObservedCluster {
  readonly observer: Observer;
  /** All changes that it has told so far. */
  readonly changes: ClusterChange[];
}

/** Observes a cluster as eu's sidecar does by default, with the rights of its manifest, until the signal. */
export async function observeCluster(
  server: TestApiServer,
  signal: AbortSignal,
  more: Partial<ObserverOptions> = {},
): Promise<ObservedCluster> {
  const source = await apiServerSource({
    kubeconfig: await sidecarKubeconfig(server),
    fieldManager: 'interspan-test',
    identity: 'replica-1',
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: () => performance.now(),
    random: Math.random,
    signal,
  });
  const changes: ClusterChange[] = [];
  const observer = startObserver(
    {
      source,
      geoTag: 'eu',
      ingressSelector: 'app=ingress',
      sidecarSelector: 'app=sidecar',
      legacyApi: false,
      ingressGslbGroup: 'k8gb.io',
      dnsAddresses: 'internal',
      onChange: (change) => changes.push(change),
      ...more,
    },
    signal,
  );
  return { observer, changes };
}

function quiet(): void {}
