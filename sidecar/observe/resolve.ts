import type { GslbReference, GslbView, HostView, ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { HostPolicy } from '#sidecar/model/policy.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { type HostAddresses, hostAddresses, type NameLookup, type ServingNodes } from './addresses.ts';
import type { Claim } from './claim.ts';
import { placeHost } from './host-name.ts';
import { type Claimant, gslbKey, isSameObject } from './ownership.ts';
import type { Published } from './published.ts';
import { hostHealth, isRemoteOnly } from './service-health.ts';
import { strangers } from './strategy.ts';
import type { RefusedWish, Remark, Wish } from './wish.ts';

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
  /** The policy that counts for a host of this Gslb. */
  readonly policyOf: (reference: GslbReference, host: string) => HostPolicy | undefined;
  /** Geotags that exist in the fleet; undefined while that is not known. */
  readonly geoTags: ReadonlySet<string> | undefined;
  /** What a host name stands for. */
  readonly lookup: (hostname: string) => NameLookup | undefined;
}

/** A Gslb, resolved. */
export interface Resolved {
  readonly view: GslbView;
  /** Host names that its addresses come from. */
  readonly names: readonly string[];
}

/**
 * What is served of a claim. A cause that concerns one host takes only that host away, with a warning; the Gslb is
 * refused when no host is left.
 */
export function resolve({ wish, published, rules, refusal, remarks }: Claim, around: Surroundings): Resolved {
  const { reference, uid, generation, createdAtMs } = wish;
  const identity = { reference, uid, generation, createdAtMs };
  if (refusal !== undefined || 'refusal' in wish) {
    const acceptance = { accepted: false as const, ...(refusal ?? (wish as RefusedWish).refusal) };
    return { view: { ...identity, acceptance, hosts: [], warnings: [] }, names: [] };
  }
  const hosts: HostView[] = [];
  const lost: Remark[] = [];
  /** By the addresses of the policy: all hosts but those have the same. */
  const found = new Map<readonly string[] | undefined, HostAddresses>();
  for (const { host, services } of rules) {
    const place = placeHost(host, around.zones);
    const owner = around.ownerOf(host);
    if ('reason' in place) lost.push(place);
    else if (owner !== undefined && owner.key !== gslbKey(reference))
      lost.push(conflict(host, reference, owner));
    else {
      const health = hostHealth(services.map(around.health), wish.policy);
      const remote = health === 'Healthy' && isRemoteOnly(services.map(around.isLocal), wish.policy);
      const policy = around.policyOf(reference, host);
      const reached = found.get(policy?.addresses) ?? addressesOf(wish, published, policy?.addresses, around);
      found.set(policy?.addresses, reached);
      hosts.push(
        around.check({
          host,
          zone: place.zone.name,
          gslb: reference,
          strategy: wish.strategy,
          ttlSeconds: wish.ttlSeconds,
          health,
          ...(remote ? { remoteOnly: true } : {}),
          addresses: reached.addresses,
          ...(reached.notServing === undefined ? {} : { withheld: reached.notServing.map(withoutIngress) }),
          ...(policy === undefined ? {} : { policy }),
          services,
        }),
      );
    }
  }
  const names = [...new Set([...found.values()].flatMap((each) => each.names))];
  const [first] = lost;
  if (hosts.length === 0 && first !== undefined) {
    const acceptance = { accepted: false as const, ...first };
    return { view: { ...identity, acceptance, hosts, warnings: lost.slice(1) }, names };
  }
  const warnings = [
    ...wish.warnings,
    ...remarks,
    ...lost,
    ...[...found.values()].flatMap((each) => each.remarks),
    ...strangers(wish.strategy, around.geoTags),
    ...around.remarks(),
  ];
  return { view: { ...identity, acceptance: { accepted: true }, hosts, warnings }, names };
}

function addressesOf(
  { exposed, exposedHostnames }: Wish,
  published: Published | undefined,
  policy: readonly string[] | undefined,
  { ingressNodes, lookup }: Surroundings,
): HostAddresses {
  if (published === undefined) return { addresses: [], names: [], remarks: [] };
  return hostAddresses({
    exposedHostnames,
    exposed,
    policy,
    published,
    ingressNodes,
    lookup,
  });
}

const withoutIngress = (address: string) => ({
  address,
  why: 'its node runs no Ready pod of the ingress controller',
});

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
