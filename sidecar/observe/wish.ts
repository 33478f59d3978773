import { annotations, defaultTtlSeconds } from '#core/api/gslb/annotations.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress, KubeObject } from '#core/api/kubernetes.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';
import type { Strategy } from '#sidecar/model/strategy.ts';
import { exposedAddresses, exposedHostnames, plainHost } from './addresses.ts';
import { type Route, routeOf } from './route.ts';
import { readStrategy, type WrittenStrategy } from './strategy.ts';
import { ingressTarget } from './target-kinds.ts';

/** What one Gslb asks for, read from its own fields alone. */
export interface Wish {
  readonly reference: GslbReference;
  readonly uid: string;
  readonly generation: number;
  readonly createdAtMs: number;
  readonly strategy: Strategy;
  readonly ttlSeconds: number;
  readonly policy: 'Any' | 'All';
  readonly route: Route;
  /** From the annotation: the host of a reference that has none itself; lower-case, no trailing dot. */
  readonly hostname: string | undefined;
  /** From the annotations; undefined without one. */
  readonly exposed: readonly string[] | undefined;
  readonly exposedHostnames: readonly string[] | undefined;
  readonly warnings: readonly Remark[];
}

/** A reason in CamelCase, and a sentence with the facts and the remedy. */
export interface Remark {
  readonly reason: string;
  readonly message: string;
}

/** What a Gslb that cannot be read carries. */
export interface RefusedWish extends Pick<Wish, 'reference' | 'uid' | 'generation' | 'createdAtMs'> {
  readonly refusal: Remark;
}

/** RFC 2181 §8. */
const longestTtlSeconds = 2_147_483_647;

/** Reads a Gslb object. */
export function readGslb(gslb: Gslb, group: GslbReference['group']): Wish | RefusedWish {
  const identity = identify(gslb, group);
  const { strategy, serviceHealthPolicy } = gslb.spec ?? {};
  const route = routeOf(gslb);
  if ('reason' in route) return { ...identity, refusal: route };
  return finish(identity, {
    written: {
      type: strategy?.type ?? '',
      primaryGeoTag: strategy?.primaryGeoTag,
      weight: strategy?.weight,
    },
    ttlSeconds: strategy?.dnsTtlSeconds,
    route,
    policy: serviceHealthPolicy === 'All' ? 'All' : 'Any',
    annotated: gslb.metadata.annotations ?? {},
  });
}

/**
 * Reads an annotated Ingress as the Gslb that it stands for; `existing` lends its identity and what a user set on it
 * by hand. One that is not written yet is the youngest of all, however old its Ingress is: else it would take a host
 * from a Gslb that will turn out older.
 */
export function readIngress(
  ingress: Ingress,
  group: GslbReference['group'],
  existing: Gslb | undefined,
): Wish | RefusedWish {
  const annotated = ingress.metadata.annotations ?? {};
  const identity = {
    ...identify(existing ?? ingress, group),
    ...(existing === undefined ? { uid: '', generation: 0, createdAtMs: Number.POSITIVE_INFINITY } : {}),
  };
  const ttl = annotated[annotations.ttlSeconds]?.trim() || undefined;
  const { namespace = 'default', name } = ingress.metadata;
  const type = annotated[annotations.strategy] ?? '';
  const primaryGeoTag = annotated[annotations.primaryGeoTag];
  // As k8gb, which says so of annotations only.
  if (type === 'failover' && !primaryGeoTag) return { ...identity, refusal: missingPrimary };
  return finish(identity, {
    written: { type, primaryGeoTag, weight: existing?.spec?.strategy?.weight },
    // What is no plain number is refused as NaN is.
    ttlSeconds: ttl === undefined ? undefined : /^\d+$/.test(ttl) ? Number(ttl) : Number.NaN,
    route: { kind: 'named', target: ingressTarget, namespace, name },
    policy: existing?.spec?.serviceHealthPolicy === 'All' ? 'All' : 'Any',
    annotated: { ...existing?.metadata.annotations, ...annotated },
  });
}

const identify = (object: KubeObject, group: GslbReference['group']): Omit<RefusedWish, 'refusal'> => ({
  reference: { group, namespace: object.metadata.namespace ?? 'default', name: object.metadata.name },
  uid: object.metadata.uid ?? '',
  generation: object.metadata.generation ?? 0,
  createdAtMs: Date.parse(object.metadata.creationTimestamp ?? '') || 0,
});

function finish(
  identity: Omit<RefusedWish, 'refusal'>,
  read: Pick<Wish, 'route' | 'policy'> & {
    readonly written: WrittenStrategy;
    readonly ttlSeconds: number | undefined;
    readonly annotated: Readonly<Record<string, string>>;
  },
): Wish | RefusedWish {
  const understood = readStrategy(read.written);
  if ('reason' in understood) return { ...identity, refusal: understood };
  const ttlSeconds = read.ttlSeconds || defaultTtlSeconds;
  if (Number.isNaN(read.ttlSeconds) || ttlSeconds < 0 || ttlSeconds > longestTtlSeconds)
    return {
      ...identity,
      refusal: {
        reason: 'InvalidTtl',
        message: `the TTL is not a number of seconds from 0 to ${longestTtlSeconds}: set spec.strategy.dnsTtlSeconds (on an Ingress: ${annotations.ttlSeconds})`,
      },
    };
  const warnings = [...understood.warnings];
  const text = read.annotated[annotations.exposedAddresses];
  const exposed = text?.trim() ? exposedAddresses(text) : undefined;
  for (const wrong of exposed?.wrong ?? [])
    warnings.push({
      reason: 'ExposedAddressInvalid',
      message: `annotation ${annotations.exposedAddresses}: "${wrong}" is not an IP address and is left out`,
    });
  const names = read.annotated[annotations.exposedHostnames];
  const hostnames = names?.trim() ? exposedHostnames(names) : undefined;
  for (const wrong of hostnames?.wrong ?? [])
    warnings.push({
      reason: 'ExposedHostnameInvalid',
      message: `annotation ${annotations.exposedHostnames}: "${wrong}" is not a host name and is left out`,
    });
  return {
    ...identity,
    strategy: understood.strategy,
    ttlSeconds,
    policy: read.policy,
    route: read.route,
    hostname: plainHost(read.annotated[annotations.hostname]),
    exposed: exposed?.addresses,
    exposedHostnames: hostnames?.names,
    warnings,
  };
}

const missingPrimary: Remark = {
  reason: 'MissingPrimaryGeoTag',
  message: `strategy failover needs the cluster that answers first: annotate the Ingress with ${annotations.primaryGeoTag}`,
};
