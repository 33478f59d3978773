import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import type { Source } from '#core/source/source.ts';
import { statusPatch } from './status-patch.ts';

type WithStatus<S> = KubeObject & { readonly status?: S };

/** Writes statuses, and remembers each until the watch shows it, so that a look in between writes nothing. */
export interface StatusWriter {
  /** The status that this object has by now. */
  current<S extends object>(object: WithStatus<S>): S | undefined;
  /** Writes what differs. @returns whether anything did */
  write<S extends object>(
    resource: Resource<WithStatus<S>>,
    object: WithStatus<S>,
    after: S,
  ): Promise<boolean>;
}

export function statusWriter(source: Pick<Source, 'patchStatus'>): StatusWriter {
  /** By uid. `over`: resourceVersion of the object that the watch showed when it was written. */
  const written = new Map<string, { readonly over: string | undefined; readonly status: object }>();

  function current<S extends object>({ metadata, status }: WithStatus<S>): S | undefined {
    const last = written.get(metadata.uid ?? '');
    if (last === undefined) return status;
    if (last.over === metadata.resourceVersion) return last.status as S;
    written.delete(metadata.uid ?? '');
    return status;
  }

  return {
    current,
    write: async (resource, object, after) => {
      const patch = statusPatch(current(object), after);
      if (patch === undefined) return false;
      const { uid, resourceVersion } = object.metadata;
      await source.patchStatus(resource, objectKey(resource, object.metadata), patch);
      if (uid !== undefined) written.set(uid, { over: resourceVersion, status: after });
      return true;
    },
  };
}
