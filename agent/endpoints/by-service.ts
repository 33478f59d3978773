import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { serviceNameLabel } from './remote-endpoint.ts';

export interface FollowByServiceOptions<T extends KubeObject> {
  readonly source: Pick<ApiServerSource, 'watch'>;
  readonly resource: Resource<T>;
  readonly namespace: string;
  readonly labelSelector: string;
  /** Objects of this Service changed; not called before the first list is complete. */
  readonly onService: (service: string) => void;
  /** The first list is complete. */
  readonly onSynced: () => void;
}

/** Slices of a namespace, by the Service that they are labelled with. */
export interface ByService<T extends KubeObject> {
  of(service: string): readonly T[];
  services(): Iterable<string>;
  all(): Iterable<T>;
  readonly synced: boolean;
}

export function followByService<T extends KubeObject>(
  options: FollowByServiceOptions<T>,
  signal: AbortSignal,
): ByService<T> {
  const { source, resource, namespace, labelSelector, onService, onSynced } = options;
  const byService = new Map<string, Map<string, T>>();
  /** The Service that an object was last labelled with. */
  const serviceOf = new Map<string, string>();
  let synced = false;

  const leave = (name: string): void => {
    const before = serviceOf.get(name);
    if (before === undefined) return;
    serviceOf.delete(name);
    const objects = byService.get(before);
    objects?.delete(name);
    if (objects?.size === 0) byService.delete(before);
    if (synced) onService(before);
  };
  const enter = (name: string, object: T): void => {
    const service = object.metadata.labels?.[serviceNameLabel];
    if (serviceOf.get(name) !== service) leave(name);
    if (service === undefined) return;
    serviceOf.set(name, service);
    const objects = byService.get(service) ?? new Map<string, T>();
    byService.set(service, objects.set(name, object));
    if (synced) onService(service);
  };
  const watch = source.watch(
    {
      resource,
      namespace,
      labelSelector,
      onChange: ({ type, object }) => {
        if (type === 'applied') enter(object.metadata.name, object);
        else leave(object.metadata.name);
      },
    },
    signal,
  );
  watch.synced.then(
    () => {
      synced = true;
      onSynced();
    },
    // Only the end rejects.
    () => undefined,
  );
  return {
    of: (service) => [...(byService.get(service)?.values() ?? [])],
    services: () => byService.keys(),
    all: () => watch.list(),
    get synced() {
      return synced;
    },
  };
}
