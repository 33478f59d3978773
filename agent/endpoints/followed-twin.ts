import { labels } from '#agent/model/names.ts';
import type { NamespacePair } from '#agent/model/provider-link.ts';
import { type EndpointSlice, endpointSlices } from '#core/api/kubernetes.ts';
import { type ShadowEndpointSlice, shadowEndpointSlices } from '#core/api/offload/shadow-endpoint-slice.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { type ByService, followByService } from './by-service.ts';
import { managedByLabel, nativeManager } from './remote-endpoint.ts';

export interface FollowTwinOptions extends NamespacePair {
  /** The provider. */
  readonly source: Pick<ApiServerSource, 'watch'>;
  /** Id of this cluster. */
  readonly clusterID: string;
  /** Pods at the provider changed; '' when all have been read. */
  readonly onNative: (service: string) => void;
  /** What we told the provider changed there; '' when all has been read. */
  readonly onShadows: (service: string) => void;
}

/** A twin namespace at a provider, as its consumer sees it. */
export interface FollowedTwin extends NamespacePair {
  readonly native: ByService<EndpointSlice>;
  /** Of ours. */
  readonly shadows: ByService<ShadowEndpointSlice>;
  stop(): void;
}

export function followTwin(options: FollowTwinOptions, signal: AbortSignal): FollowedTwin {
  const { source, clusterID, local, remote, onNative, onShadows } = options;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const native: ByService<EndpointSlice> = followByService(
    {
      source,
      namespace: remote,
      resource: endpointSlices,
      labelSelector: `${managedByLabel}=${nativeManager}`,
      onService: onNative,
      onSynced: () => onNative(''),
    },
    both,
  );
  const shadows: ByService<ShadowEndpointSlice> = followByService(
    {
      source,
      namespace: remote,
      resource: shadowEndpointSlices,
      labelSelector: `${labels.origin}=${clusterID}`,
      onService: onShadows,
      onSynced: () => onShadows(''),
    },
    both,
  );
  return { local, remote, native, shadows, stop: () => ended.abort() };
}
