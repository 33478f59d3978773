import type { Ingress, IngressSpec } from '#core/api/kubernetes.ts';
import type { GslbView, HostView, ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { hostAddresses, type ServingNodes } from './addresses.ts';
import { placeHost } from './host-name.ts';
import { type Claimant, gslbKey, isSameObject } from './ownership.ts';
import { type HostRule, hostRules } from './rules.ts';
import { hostHealth, isRemoteOnly } from './service-health.ts';
import type { RefusedWish, Remark, Wish } from './wish.ts';

/** A wish with the Ingress that it is about. */
export interface Claim {
  readonly wish: Wish | RefusedWish;
  readonly ingress: Ingress | undefined;
  readonly rules: readonly HostRule[];
  /** Why it cannot be served at all. */
  readonly refusal: Remark | undefined;
  readonly remarks: readonly Remark[];
}

/** Finds the hosts of a wish. `candidates` are the Ingresses of the namespace that its route names. */
export function claim(wish: Wish | RefusedWish, candidates: readonly Ingress[]): Claim {
  if ('refusal' in wish) return refused(wish, wish.refusal);
  const { route, reference } = wish;
  if (route.kind === 'embedded') {
    const ingress = candidates.find(({ metadata }) => metadata.name === reference.name);
    return withRules(wish, ingress, route.spec, reference.namespace);
  }
  const matching =
    route.kind === 'ingress'
      ? candidates.filter(({ metadata }) => metadata.name === route.name)
      : candidates.filter(({ metadata }) =>
          Object.entries(route.labels).every(([key, value]) => metadata.labels?.[key] === value),
        );
  const [ingress] = matching;
  const what =
    route.kind === 'ingress'
      ? `Ingress ${route.namespace}/${route.name}`
      : `an Ingress by labels in ${route.namespace}`;
  if (ingress === undefined)
    return refused(wish, {
      reason: 'ResourceRefNotFound',
      message: `spec.resourceRef names ${what}, and there is none; create it or correct the reference`,
    });
  if (matching.length > 1)
    return refused(wish, {
      reason: 'ResourceRefAmbiguous',
      message: `spec.resourceRef selects ${matching.length} Ingresses in ${route.namespace}; it must select exactly one`,
    });
  return withRules(wish, ingress, ingress.spec, route.namespace);
}

function withRules(
  wish: Wish,
  ingress: Ingress | undefined,
  spec: IngressSpec | undefined,
  namespace: string,
): Claim {
  const { rules, remarks } = hostRules(spec, namespace);
  const [first] = remarks;
  if (rules.length === 0 && first !== undefined) return { ...refused(wish, first), ingress };
  return { wish, ingress, rules, refusal: undefined, remarks };
}

const refused = (wish: Wish | RefusedWish, refusal: Remark): Claim => ({
  wish,
  ingress: undefined,
  rules: [],
  refusal,
  remarks: [],
});

/** What resolving a claim depends on. */
export interface Surroundings {
  readonly zones: readonly Zone[];
  readonly ingressNodes: ServingNodes;
  readonly health: (service: { readonly namespace: string; readonly name: string }) => ServiceHealth;
  /** Whether a Service has a ready endpoint in this cluster. */
  readonly isLocal: (service: { readonly namespace: string; readonly name: string }) => boolean;
  readonly ownerOf: (host: string) => Claimant | undefined;
  /** Puts in what probes say of the addresses, and what is held. */
  readonly check: (view: HostView) => HostView;
  /** About the probes of the hosts checked since the last call. */
  readonly remarks: () => readonly Remark[];
  /** Geotags that exist in the fleet; undefined while that is not known. */
  readonly geoTags: ReadonlySet<string> | undefined;
}

/**
 * What is served of a claim. A cause that concerns one host takes only that host away, with a warning; the Gslb is
 * refused when no host is left.
 */
export function resolve({ wish, ingress, rules, refusal, remarks }: Claim, around: Surroundings): GslbView {
  const { reference, uid, generation, createdAtMs } = wish;
  const identity = { reference, uid, generation, createdAtMs };
  if (refusal !== undefined || 'refusal' in wish)
    return {
      ...identity,
      acceptance: { accepted: false, ...(refusal ?? (wish as RefusedWish).refusal) },
      hosts: [],
      warnings: [],
    };
  const hosts: HostView[] = [];
  const lost: Remark[] = [];
  const addresses = hostAddresses(wish.exposed, ingress, around.ingressNodes);
  for (const { host, services } of rules) {
    const place = placeHost(host, around.zones);
    const owner = around.ownerOf(host);
    if ('reason' in place) lost.push(place);
    else if (owner !== undefined && owner.key !== gslbKey(reference))
      lost.push(conflict(host, reference, owner));
    else {
      const health = hostHealth(services.map(around.health), wish.policy);
      const remote = health === 'Healthy' && isRemoteOnly(services.map(around.isLocal), wish.policy);
      hosts.push(
        around.check({
          host,
          zone: place.zone.name,
          gslb: reference,
          strategy: wish.strategy,
          ttlSeconds: wish.ttlSeconds,
          health,
          ...(remote ? { remoteOnly: true } : {}),
          addresses,
          services,
        }),
      );
    }
  }
  const [first] = lost;
  if (hosts.length === 0 && first !== undefined)
    return { ...identity, acceptance: { accepted: false, ...first }, hosts, warnings: lost.slice(1) };
  return {
    ...identity,
    acceptance: { accepted: true },
    hosts,
    warnings: [
      ...wish.warnings,
      ...remarks,
      ...lost,
      ...unknownPrimary(wish, around.geoTags),
      ...around.remarks(),
    ],
  };
}

function conflict(host: string, reference: GslbView['reference'], { reference: owner }: Claimant): Remark {
  if (isSameObject(reference, owner))
    return {
      reason: 'Superseded',
      message: `${owner.group} has this object too, and that one counts; delete this one when you have migrated`,
    };
  return {
    reason: 'HostConflict',
    message: `host ${host} belongs to Gslb ${owner.namespace}/${owner.name} (${owner.group}), which is older; remove it there or choose another host`,
  };
}

function unknownPrimary({ strategy }: Wish, geoTags: ReadonlySet<string> | undefined): readonly Remark[] {
  if (strategy.type !== 'failover' || geoTags === undefined || geoTags.has(strategy.primaryGeoTag)) return [];
  return [
    {
      reason: 'UnknownPrimaryGeoTag',
      message: `no cluster of the fleet is called ${strategy.primaryGeoTag} (known: ${[...geoTags].sort().join(', ')}); until one joins, the others answer in the order of their geotags`,
    },
  ];
}
