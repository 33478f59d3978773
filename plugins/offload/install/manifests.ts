import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject } from '#core/api/kubernetes.ts';
import { asset } from '#core/runtime/asset.ts';
import type { ClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';

/**
 * What manifests/offload/kustomization.yaml lists, in the order of installing: a step needs those before it. The
 * scheduling policy comes last, when the agent that it sends pods to is there.
 */
export const steps = [
  'namespace.yaml',
  'crds',
  'rbac.yaml',
  'guards',
  'config.yaml',
  'agent.yaml',
  'gateway.yaml',
  'scheduling',
] as const;

/** Objects of one step, in order. */
export function stepObjects(step: (typeof steps)[number]): readonly KubeObject[] {
  return objectsOf(`offload/${step}`);
}

/** What kustomize would make of a file or folder that has nothing but `resources`. */
function objectsOf(path: string): readonly KubeObject[] {
  if (path.endsWith('.yaml'))
    return parseAllDocuments(asset(path)).flatMap((document) => {
      // Anchors are expanded: the API server knows none.
      const value = document.toJS() as KubeObject | null;
      return value === null ? [] : [value];
    });
  const { resources } = parse(asset(`${path}/kustomization.yaml`)) as { resources: readonly string[] };
  return resources.flatMap((name) => objectsOf(`${path}/${name}`));
}

/** An object of the manifests with this cluster's values in it. */
export function filledIn(object: KubeObject, config: ClusterConfig, image: string | undefined): KubeObject {
  if (object.kind === 'ConfigMap') return { ...object, data: config } as KubeObject;
  if (object.kind !== 'Deployment' || image === undefined) return object;
  const copy = structuredClone(object) as unknown as {
    spec: { template: { spec: { containers: { image: string }[] } } };
  };
  for (const container of copy.spec.template.spec.containers) container.image = image;
  return copy as unknown as KubeObject;
}
