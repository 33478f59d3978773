import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/** Deployment of Liqo's engine; its charts give it this name in whatever namespace. */
export const liqoController = 'liqo-controller-manager';

const deployments: Resource = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};

/** Whether Liqo's own engine is in this cluster. */
export interface LiqoWatch {
  /** What is wrong and what to do, while it is there. */
  present(): string | undefined;
  /** Resolves when it is known whether it is there, or the signal aborts. */
  known(signal: AbortSignal): Promise<void>;
  /** Resolves when it is known not to be there, or the signal aborts. */
  absent(signal: AbortSignal): Promise<void>;
  /** Calls back when it has come. */
  onAppear(listener: () => void, signal: AbortSignal): void;
}

/** Watches for it until the signal aborts. Two engines that act on the same objects would undo each other's work. */
export function watchLiqo(source: Pick<ApiServerSource, 'watch'>, signal: AbortSignal): LiqoWatch {
  const listeners = new Set<() => void>();
  let known = false;
  const changed = (): void => {
    if (known) for (const listener of [...listeners]) listener();
  };
  const watch = source.watch<KubeObject>(
    {
      resource: deployments,
      fieldSelector: `metadata.name=${liqoController}`,
      trim: ({ apiVersion, kind, metadata: { name, namespace = '', uid = '' } }) => ({
        apiVersion,
        kind,
        metadata: { name, namespace, uid },
      }),
      onChange: changed,
    },
    signal,
  );
  watch.synced.then(
    () => {
      known = true;
      changed();
    },
    // Only the end rejects.
    () => undefined,
  );
  const listen = (listener: () => void, until: AbortSignal): void => {
    if (until.aborted) return;
    listeners.add(listener);
    until.addEventListener('abort', () => listeners.delete(listener), { once: true });
  };
  const where = (): readonly string[] => [...watch.list()].map(({ metadata }) => metadata.namespace ?? '');

  const reached = async (holds: () => boolean, until: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended = new AbortController();
    const look = (): void => {
      if (until.aborted || (known && holds())) resolve();
    };
    listen(look, ended.signal);
    until.addEventListener('abort', look, { once: true });
    look();
    await promise;
    ended.abort();
    until.removeEventListener('abort', look);
  };

  return {
    present: () => (where().length === 0 ? undefined : liqoPresent(where())),
    known: (until) => reached(() => true, until),
    absent: (until) => reached(() => where().length === 0, until),
    onAppear: (listener, until) => listen(() => where().length > 0 && listener(), until),
  };
}

/** `--purge` is not told: it would take the CRDs, and with them the peerings of this agent. */
function liqoPresent(where: readonly string[]): string {
  return `Liqo's own controllers run in this cluster (Deployment ${liqoController} in namespace ${where.join(', ')}) and would act on the same objects: offload-agent does nothing until they are gone. Remove Liqo without its CRDs (liqoctl uninstall, not --purge), or this: kubectl offload uninstall`;
}
