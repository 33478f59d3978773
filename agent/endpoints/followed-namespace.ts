import { type EndpointSlice, endpointSlices, type Service, services } from '#core/api/kubernetes.ts';
import { type ShadowEndpointSlice, shadowEndpointSlices } from '#core/api/offload/shadow-endpoint-slice.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { type ByService, followByService } from './by-service.ts';
import { managedByLabel, nativeManager, ourManager, serviceNameLabel } from './remote-endpoint.ts';

export interface FollowNamespaceOptions {
  readonly source: Pick<ApiServerSource, 'watch'>;
  readonly namespace: string;
  /** Something of this Service changed; called for all of them once all has been read. */
  readonly onService: (service: string) => void;
  /** Pods behind this Service changed: what peers are told of it may. */
  readonly onNative: (service: string) => void;
  /** All has been read; before the first call of the others. */
  readonly onSynced: (namespace: FollowedNamespace) => void;
}

/** A namespace of this cluster that spans clusters, as consumer's own or as a consumer's twin. */
export interface FollowedNamespace {
  readonly namespace: string;
  readonly synced: boolean;
  service(name: string): Service | undefined;
  readonly native: ByService<EndpointSlice>;
  readonly ours: ByService<EndpointSlice>;
  /** Of a consumer, where this is a twin. */
  readonly shadows: ByService<ShadowEndpointSlice>;
  /** Every Service that anything is known of. */
  services(): ReadonlySet<string>;
  stop(): void;
}

export function followNamespace(options: FollowNamespaceOptions, signal: AbortSignal): FollowedNamespace {
  const { source, namespace, onService, onNative, onSynced } = options;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  let left = 4;
  let synced = false;

  const changed = (service: string): void => {
    if (synced) onService(service);
  };
  const read = (): void => {
    left--;
    if (left > 0 || both.aborted) return;
    synced = true;
    onSynced(followed);
    for (const service of followed.services()) onNative(service);
  };
  const follow = { source, namespace, onService: changed, onSynced: read };
  const slices = { ...follow, resource: endpointSlices };
  const native = followByService(
    {
      ...slices,
      labelSelector: `${managedByLabel}=${nativeManager}`,
      onService: (service) => synced && onNative(service),
    },
    both,
  );
  const ours = followByService({ ...slices, labelSelector: `${managedByLabel}=${ourManager}` }, both);
  const shadows = followByService(
    { ...follow, resource: shadowEndpointSlices, labelSelector: serviceNameLabel },
    both,
  );
  const watch = source.watch(
    { resource: services, namespace, onChange: ({ object }) => synced && onNative(object.metadata.name) },
    both,
  );
  watch.synced.then(read, () => undefined);

  const followed: FollowedNamespace = {
    namespace,
    get synced() {
      return synced;
    },
    service: (name) => watch.get(`${namespace}/${name}`),
    native,
    ours,
    shadows,
    services: () =>
      new Set([
        ...[...watch.list()].map(({ metadata }) => metadata.name),
        ...native.services(),
        ...ours.services(),
        ...shadows.services(),
      ]),
    stop: () => ended.abort(),
  };
  return followed;
}
