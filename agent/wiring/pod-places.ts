import { type Pod, pods } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';

/** Which pods are bound to one node, by `namespace/name`: for requests to the kubelet endpoint. */
export function podsOn(
  source: Source,
  nodeName: string,
  signal: AbortSignal,
): (namespace: string, name: string) => boolean {
  const watch = source.watch<Pod>(
    {
      resource: pods,
      fieldSelector: `spec.nodeName=${nodeName}`,
      trim: ({ apiVersion, kind, metadata: { name, namespace } }) => ({
        apiVersion,
        kind,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      }),
      onChange: () => undefined,
    },
    signal,
  );
  void watch.synced.catch(() => undefined);
  return (namespace, name) => watch.get(`${namespace}/${name}`) !== undefined;
}
