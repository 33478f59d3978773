import type { KubeObject } from '#core/api/kubernetes.ts';

/** A pod as far as this decision reads it. */
export interface RunningPod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly containerStatuses?: readonly {
      readonly state?: { readonly running?: { readonly startedAt?: string } };
    }[];
  };
}

/**
 * The pods (`namespace/name`) whose status is of an earlier life of their node: a container is called running since
 * before the node booted. `bootedAt` has the nodes that booted; times in the API are in whole seconds.
 */
export function stalePods(
  pods: Iterable<RunningPod>,
  bootedAt: ReadonlyMap<string, Date>,
): readonly string[] {
  return [...pods]
    .filter(({ spec, status }) => {
      const boot = bootedAt.get(spec?.nodeName ?? '');
      if (boot === undefined) return false;
      const second = Math.floor(boot.getTime() / 1000) * 1000;
      return (
        status?.containerStatuses?.some(
          ({ state }) => Date.parse(state?.running?.startedAt ?? '') < second,
        ) === true
      );
    })
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}
