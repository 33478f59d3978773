import { annotations, labels } from '#agent/model/names.ts';
import {
  configMaps,
  endpointSlices,
  ingresses,
  type KubeObject,
  type Namespace,
  namespaces,
  pods,
  type Resource,
  roleBindings,
  secrets,
  services,
} from '#core/api/kubernetes.ts';
import { endpointOriginLabel } from '#core/api/offload/endpoint-origin.ts';
import { shadowEndpointSlices } from '#core/api/offload/shadow-endpoint-slice.ts';
import { shadowPods } from '#core/api/offload/shadow-pod.ts';
import { objectKey } from '#core/api/resource.ts';
import type { TenancyContext } from './context.ts';
import { foreignObjects, isOfConsumer, type Listed } from './foreign-objects.ts';
import { isBound, madeNames, podSecurityLabels, resourceQuotas, twinBindings } from './objects.ts';

/** What a consumer may have written, ShadowPods first: no Pod comes after. */
const reflected: readonly (readonly [string, Resource])[] = [
  ['shadowpod', shadowPods],
  ['shadowendpointslice', shadowEndpointSlices],
  ['service', services],
  ['ingress', ingresses],
  ['configmap', configMaps],
  ['secret', secrets],
  ['pod', pods],
];
const apps = (kind: string, plural: string): Resource => ({
  group: 'apps',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
});
/** What else shows that somebody uses the namespace. */
const others: readonly (readonly [string, Resource])[] = [
  ['deployment', apps('Deployment', 'deployments')],
  ['statefulset', apps('StatefulSet', 'statefulsets')],
  ['daemonset', apps('DaemonSet', 'daemonsets')],
  [
    'persistentvolumeclaim',
    {
      group: '',
      version: 'v1',
      kind: 'PersistentVolumeClaim',
      plural: 'persistentvolumeclaims',
      namespaced: true,
    },
  ],
];

/**
 * Ends a twin namespace: the tenant's rights, then all that carries its origin, then the namespace. Where something
 * else is in it the namespace stays and is nobody's twin any longer; the result names what.
 */
export async function clearTwin(
  context: TenancyContext,
  twin: Namespace,
  tenantNamespace: string,
): Promise<string | undefined> {
  const { source, held, memory, namespace, serviceAccount } = context;
  const { name, uid = '', deletionTimestamp } = twin.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  const [ours, theirs] = twinBindings(name, tenantNamespace, { name: serviceAccount, namespace });
  await source.delete(roleBindings, `${name}/${theirs.metadata.name}`);
  if (!isBound(held.bindings.get(`${name}/${ours.metadata.name}`), ours))
    await source.apply(roleBindings, ours);

  const consumer = twin.metadata.labels?.[labels.remoteClusterID] ?? '';
  const lists: Listed[] = [];
  for (const [noun, resource] of reflected) {
    const objects = await source.readList(resource, { namespace: name });
    for (const object of objects) if (isOfConsumer(object, consumer)) await remove(context, resource, object);
    lists.push({ noun, objects });
  }
  const slices = await source.readList(endpointSlices, {
    namespace: name,
    labelSelector: endpointOriginLabel,
  });
  for (const slice of slices) await remove(context, endpointSlices, slice);
  for (const [noun, resource] of others)
    lists.push({ noun, objects: await source.readList(resource, { namespace: name }) });

  const left = foreignObjects(lists, consumer);
  if (left === undefined) {
    await source.delete(namespaces, name, uid === '' ? {} : { uid });
    return undefined;
  }
  await source.delete(resourceQuotas, `${name}/${madeNames.tenant}`);
  await source.patch(namespaces, name, { metadata: { ...(uid === '' ? {} : { uid }), ...released } });
  await source.delete(roleBindings, `${name}/${ours.metadata.name}`);
  memory.quotas.delete(uid);
  return left;
}

/** What makes a namespace a twin, taken off. */
const released = {
  labels: {
    [labels.tenantOfTwin]: null,
    [labels.remoteClusterID]: null,
    [podSecurityLabels.enforce]: null,
    [podSecurityLabels.enforceVersion]: null,
  },
  annotations: { [annotations.originalNamespace]: null, [annotations.ingressHosts]: null },
};

async function remove({ source }: TenancyContext, resource: Resource, object: KubeObject): Promise<void> {
  if (object.metadata.deletionTimestamp !== undefined) return;
  await source.delete(resource, objectKey(resource, object.metadata));
}
