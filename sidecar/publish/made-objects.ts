import { createHash } from 'node:crypto';
import { annotations, defaultTtlSeconds } from '#core/api/gslb/annotations.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress, KubeObject } from '#core/api/kubernetes.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';

const exposure: readonly string[] = [annotations.exposedAddresses, annotations.exposedHostnames];
/** On what we made: a digest of what we last applied, so that a field that is no longer wanted is noticed. */
const appliedAnnotation = 'gslb.interspan.dev/applied';

/** The Gslb that an annotated Ingress wants: our fields only, so what a user adds to it stays (server-side apply). */
export function gslbOf(ingress: Ingress, group: GslbReference['group']): Gslb {
  const { name, namespace = 'default', uid = '', annotations: annotated = {} } = ingress.metadata;
  const primaryGeoTag = annotated[annotations.primaryGeoTag];
  return marked({
    apiVersion: `${group}/v1beta1`,
    kind: 'Gslb',
    metadata: {
      name,
      namespace,
      annotations: pick(annotated, (key) => exposure.includes(key)),
      // Not as controller: of those an object may have one only, and k8gb may have made it.
      ownerReferences: [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, uid }],
    },
    spec: {
      strategy: {
        type: annotated[annotations.strategy] ?? '',
        dnsTtlSeconds: ttlSeconds(annotated[annotations.ttlSeconds]),
        ...(primaryGeoTag === undefined ? {} : { primaryGeoTag }),
      },
      resourceRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name, namespace },
    },
  });
}

/** What is no number is left to the Accepted condition, which refuses it. */
function ttlSeconds(annotation: string | undefined): number {
  const seconds = Number(annotation);
  return Number.isInteger(seconds) && seconds > 0 && seconds < 2 ** 31 ? seconds : defaultTtlSeconds;
}

/** Label that k8gb puts on the Ingress of an embedded spec.ingress. */
const managedByLabel = 'app.k8gb.io/managed-by';

/**
 * The Ingress that an embedded spec.ingress wants, with the annotations of the Gslb (as k8gb does), but for those
 * that are about the Gslb itself; undefined when the Gslb refers to one instead.
 */
export function ingressOf(gslb: Gslb): Ingress | undefined {
  const embedded = gslb.spec?.ingress;
  const refers = Object.keys(gslb.spec?.resourceRef ?? {}).length > 0;
  if (embedded === undefined || refers) return undefined;
  const { name, namespace = 'default', uid = '', annotations: annotated = {} } = gslb.metadata;
  // k8gb's schema calls the default backend `backend`.
  const { backend, ...spec } = embedded;
  return marked({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace,
      labels: { [managedByLabel]: 'gslb' },
      annotations: pick(annotated, (key) => !aboutTheGslb.test(key)),
      ownerReferences: [{ apiVersion: gslb.apiVersion, kind: 'Gslb', name, uid }],
    },
    spec: { ...spec, ...(backend === undefined ? {} : { defaultBackend: backend }) },
  } as Ingress);
}

const aboutTheGslb = /^(k8gb\.io|gslb\.interspan\.dev|kubectl\.kubernetes\.io)\//;

/** Whether `object` was made for `owner`. */
export const isOwnedBy = (object: KubeObject, owner: KubeObject): boolean =>
  (object.metadata.ownerReferences ?? []).some(
    ({ kind, uid }) => kind === owner.kind && uid === owner.metadata.uid && uid !== '',
  );

/** Whether we made the object, or made it ours. */
export const isMade = (object: KubeObject): boolean =>
  object.metadata.annotations?.[appliedAnnotation] !== undefined;

/** Whether an Ingress is kept for embedded spec.ingress, by us or by k8gb. */
export const isKeptForGslb = (ingress: Ingress): boolean =>
  ingress.metadata.labels?.[managedByLabel] === 'gslb';

/**
 * Whether everything that `wanted` says stands in `actual` already. Lists are compared whole, but owners are looked
 * for one by one: others may be among them.
 */
export function holds(actual: unknown, wanted: unknown, field = ''): boolean {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual)) return false;
    if (field === 'ownerReferences')
      return wanted.every((owner) => actual.some((other) => holds(other, owner)));
    return actual.length === wanted.length && wanted.every((item, i) => holds(actual[i], item));
  }
  if (typeof wanted !== 'object' || wanted === null) return actual === wanted;
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(wanted).every(([key, value]) =>
    holds((actual as Readonly<Record<string, unknown>>)[key], value, key),
  );
}

function marked<T extends KubeObject>(object: T): T {
  const digest = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  const annotations = { ...object.metadata.annotations, [appliedAnnotation]: digest };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function pick(
  annotations: Readonly<Record<string, string>>,
  wanted: (key: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => wanted(key)));
}
