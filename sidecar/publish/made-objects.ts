import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress, KubeObject } from '#core/api/kubernetes.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';

const strategyAnnotation = 'k8gb.io/strategy';
const copied = ['k8gb.io/exposed-ip-addresses', 'k8gb.io/exposed-hostnames'];
/** TTL that k8gb writes where none is given. */
const defaultTtlSeconds = 30;

/** The Gslb that an annotated Ingress wants: our fields only, so what a user adds to it stays (server-side apply). */
export function gslbOf(ingress: Ingress, group: GslbReference['group']): Gslb {
  const { name, namespace = 'default', uid = '', annotations = {} } = ingress.metadata;
  const ttl = Number(annotations['k8gb.io/dns-ttl-seconds'] ?? 0) || defaultTtlSeconds;
  const primaryGeoTag = annotations['k8gb.io/primary-geotag'];
  const carried = Object.fromEntries(
    copied.flatMap((key) => (annotations[key] === undefined ? [] : [[key, annotations[key]]])),
  );
  return {
    apiVersion: `${group}/v1beta1`,
    kind: 'Gslb',
    metadata: {
      name,
      namespace,
      ...(Object.keys(carried).length === 0 ? {} : { annotations: carried }),
      ownerReferences: [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, uid, controller: true }],
    },
    spec: {
      strategy: {
        type: annotations[strategyAnnotation] ?? '',
        dnsTtlSeconds: ttl,
        ...(primaryGeoTag === undefined ? {} : { primaryGeoTag }),
      },
      resourceRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, namespace },
    },
  };
}

/** Label that k8gb puts on the Ingress of an embedded spec.ingress. */
export const managedByLabel = 'app.k8gb.io/managed-by';

/** The Ingress that an embedded spec.ingress wants; undefined when the Gslb refers to one instead. */
export function ingressOf(gslb: Gslb): Ingress | undefined {
  const spec = gslb.spec?.ingress;
  const refers = Object.keys(gslb.spec?.resourceRef ?? {}).length > 0;
  if (spec === undefined || refers) return undefined;
  const { name, namespace = 'default', uid = '' } = gslb.metadata;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace,
      labels: { [managedByLabel]: 'gslb' },
      ownerReferences: [{ apiVersion: gslb.apiVersion, kind: 'Gslb', name, uid, controller: true }],
    },
    spec: spec as NonNullable<Ingress['spec']>,
  };
}

/** Whether `object` was made for `owner`. */
export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(
    ({ kind, uid }) => kind === owner.kind && uid === owner.metadata.uid && uid !== '',
  );

/** Whether everything that `wanted` says stands in `actual` already. Lists are compared whole. */
export function holds(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((item, i) => holds(actual[i], item))
    );
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(wanted).every(([key, value]) =>
    holds((actual as Record<string, unknown>)[key], value),
  );
}
