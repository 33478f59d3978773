import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import type { Override } from '#sidecar/model/override.ts';
import type { AttachedPolicies } from './attached-policies.ts';
import { gslbKey } from './ownership.ts';

/** What a GslbPolicy's status says of one of its targets. */
export interface TargetVerdict {
  readonly group: 'k8gb.io' | 'k8gb.absa.oss';
  readonly kind: 'Gslb';
  readonly name: string;
  readonly sectionName?: string;
  /** Whether it counts for any host of it. */
  readonly attached: boolean;
  /** Hosts that it counts for, sorted. */
  readonly hosts: readonly string[];
  /** Why not, or not for all; absent: all is well. */
  readonly message?: string;
}

/** What became of a GslbPolicy: its condition Accepted, and its status. */
export interface PolicyVerdict {
  readonly accepted: boolean;
  /** Accepted, Conflicted, TargetNotFound, HostNotFound, or why a part of it is left out. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  readonly targets: readonly TargetVerdict[];
  /** Those in force, by geotag. */
  readonly overrides: ReadonlyMap<string, Override>;
}

type Cause = 'Accepted' | 'Conflicted' | 'TargetNotFound' | 'HostNotFound';

/**
 * Judges one policy by the Gslbs that there are. It is accepted when it counts for a host; what keeps it from others
 * is told beside.
 * @param key `namespace/name`
 */
export function policyVerdict(
  key: string,
  policies: AttachedPolicies,
  gslb: (key: string) => GslbView | undefined,
): PolicyVerdict | undefined {
  const held = policies.get(key);
  if (held === undefined) return undefined;
  const { object, read } = held;
  const found = (object.spec?.targetRefs ?? []).map((reference) =>
    judge(key, object, reference, policies, gslb),
  );
  const targets = found.map(({ target }) => target);
  const complaints = targets.flatMap(({ message }) => message ?? []);
  const { overrides } = read.policy;
  const attached = targets.some((target) => target.attached);
  if (!attached) {
    const reason = found.find(({ cause }) => cause !== 'Accepted')?.cause ?? 'TargetNotFound';
    return { accepted: false, reason, message: complaints.join('; '), targets, overrides };
  }
  const remarks = read.remarks.map(({ message }) => message);
  return {
    accepted: true,
    reason: read.remarks[0]?.reason ?? (complaints.length > 0 ? 'PartlyAttached' : 'Accepted'),
    message: [...remarks, ...complaints].join('; ') || 'it counts for every host that it names',
    targets,
    overrides,
  };
}

type TargetReference = NonNullable<GslbPolicy['spec']>['targetRefs'][number];

function judge(
  key: string,
  { metadata: { namespace = 'default' } }: GslbPolicy,
  { group = 'k8gb.io', name, sectionName }: TargetReference,
  policies: AttachedPolicies,
  gslb: (key: string) => GslbView | undefined,
): { readonly target: TargetVerdict; readonly cause: Cause } {
  const target = {
    group,
    kind: 'Gslb' as const,
    name,
    ...(sectionName === undefined ? {} : { sectionName }),
  };
  const lost = (cause: Cause, message: string) => ({
    target: { ...target, attached: false, hosts: [], message },
    cause,
  });
  const gslbOf = gslbKey({ group, namespace, name });
  const view = gslb(gslbOf);
  if (view === undefined)
    return lost(
      'TargetNotFound',
      `there is no Gslb ${name} of group ${group} in namespace ${namespace}; create it or correct targetRefs`,
    );
  const wanted = sectionName?.toLowerCase().replace(/\.$/, '');
  const named = view.hosts.map(({ host }) => host).filter((host) => wanted === undefined || host === wanted);
  if (named.length === 0)
    return lost(
      'HostNotFound',
      wanted === undefined
        ? `Gslb ${name} has no host that is served; see its condition Accepted`
        : `Gslb ${name} serves no host ${wanted}; correct sectionName`,
    );
  const owners = new Map(named.map((host) => [host, policies.owner(gslbOf, host)]));
  const hosts = named.filter((host) => owners.get(host) === key).sort();
  const others = [...new Set([...owners.values()].filter((owner) => owner !== key))].sort();
  if (hosts.length === 0)
    return lost(
      'Conflicted',
      `GslbPolicy ${others.join(', ')} counts for ${named.sort().join(', ')}: it is older, or names the host; remove one of them`,
    );
  const notOurs = named.filter((host) => owners.get(host) !== key).sort();
  const message = [
    ...(notOurs.length === 0 ? [] : [`GslbPolicy ${others.join(', ')} counts for ${notOurs.join(', ')}`]),
    ...unprobed(policies.get(key)?.read.probesByHost ?? false, hosts),
  ].join('; ');
  return {
    target: { ...target, attached: true, hosts, ...(message === '' ? {} : { message }) },
    cause: 'Accepted',
  };
}

function unprobed(probesByHost: boolean, hosts: readonly string[]): readonly string[] {
  const wild = probesByHost ? hosts.filter((host) => host.startsWith('*')) : [];
  if (wild.length === 0) return [];
  return [`${wild.join(', ')} is tried by TCP only, as a wildcard is no Host header; set spec.probe.host`];
}
