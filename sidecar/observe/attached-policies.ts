import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';
import type { HostPolicy } from '#sidecar/model/policy.ts';
import { NameIndex } from './name-index.ts';
import type { Overrides } from './override.ts';
import { gslbKey } from './ownership.ts';
import { policyForHost, policyOrigin, type ReadPolicy, readPolicy } from './policies.ts';

/** One policy with what it is attached to. */
export interface HeldPolicy {
  readonly object: GslbPolicy;
  readonly read: ReadPolicy;
  /** By key of a Gslb: hosts that it names by sectionName; `all`: it is attached to the whole Gslb as well. */
  readonly targets: ReadonlyMap<string, { readonly all: boolean; readonly sections: ReadonlySet<string> }>;
  readonly createdAtMs: number;
}

/** The GslbPolicies of the cluster (`namespace/name`), and which of them counts for a host. */
export class AttachedPolicies {
  readonly #overrides: Overrides;
  readonly #policies = new Map<string, HeldPolicy>();
  readonly #ofGslb = new NameIndex();
  /** When the first override of a policy ends; only those of which one does. */
  readonly #ending = new Map<string, number>();

  constructor(overrides: Overrides) {
    this.#overrides = overrides;
  }

  get(key: string): HeldPolicy | undefined {
    return this.#policies.get(key);
  }

  /** Keys of the policies that name a Gslb. */
  of(gslb: string): ReadonlySet<string> {
    return this.#ofGslb.of(gslb);
  }

  /** Takes a policy, or that it is gone. @returns keys of the Gslbs that it named or names */
  set(key: string, object: GslbPolicy | undefined, nowMs: number): ReadonlySet<string> {
    const before = this.#policies.get(key);
    for (const gslb of before?.targets.keys() ?? []) this.#ofGslb.remove(gslb, key);
    this.#ending.delete(key);
    if (object === undefined) {
      this.#policies.delete(key);
      const [namespace = '', name = ''] = key.split('/');
      this.#overrides.forget(policyOrigin(namespace, name));
      return new Set(before?.targets.keys());
    }
    const targets = targetsOf(object);
    const read = readPolicy(object, this.#overrides, nowMs);
    const endMs = nextEndMs(read.policy);
    if (endMs < Number.POSITIVE_INFINITY) this.#ending.set(key, endMs);
    this.#policies.set(key, {
      object,
      read,
      targets,
      createdAtMs: Date.parse(object.metadata.creationTimestamp ?? '') || 0,
    });
    for (const gslb of targets.keys()) this.#ofGslb.add(gslb, key);
    return new Set([...(before?.targets.keys() ?? []), ...targets.keys()]);
  }

  keys(): Iterable<string> {
    return this.#policies.keys();
  }

  /** Keys of the policies of which an override has ended, to be taken again. */
  ended(nowMs: number): readonly string[] {
    return [...this.#ending].filter(([, endMs]) => endMs <= nowMs).map(([key]) => key);
  }

  /** When the next override ends, ms since 1970; Infinity when none does. */
  nextEndMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const endMs of this.#ending.values()) next = Math.min(next, endMs);
    return next;
  }

  /** The key of the policy that counts for a host: one that names it goes first, then the oldest, then by name. */
  owner(gslb: string, host: string): string | undefined {
    let owner: string | undefined;
    for (const key of this.#ofGslb.of(gslb))
      if (this.#names(key, gslb, host) && this.#precedes(key, owner, gslb, host)) owner = key;
    return owner;
  }

  /** What counts for a host of a Gslb. */
  policy(reference: GslbReference, host: string): HostPolicy | undefined {
    const owner = this.#policies.get(this.owner(gslbKey(reference), host) ?? '');
    return owner && policyForHost(owner.read, host);
  }

  #names(key: string, gslb: string, host: string): boolean {
    const target = this.#policies.get(key)?.targets.get(gslb);
    return target !== undefined && (target.all || target.sections.has(host));
  }

  #precedes(key: string, other: string | undefined, gslb: string, host: string): boolean {
    const a = this.#policies.get(key);
    const b = this.#policies.get(other ?? '');
    if (a === undefined || b === undefined) return b === undefined;
    const rank = (held: HeldPolicy): number => (held.targets.get(gslb)?.sections.has(host) ? 0 : 1);
    if (rank(a) !== rank(b)) return rank(a) < rank(b);
    if (a.createdAtMs !== b.createdAtMs) return a.createdAtMs < b.createdAtMs;
    return other === undefined || key < other;
  }
}

const nextEndMs = ({ overrides }: HostPolicy): number =>
  Math.min(Number.POSITIVE_INFINITY, ...[...overrides.values()].map(({ untilMs }) => untilMs));

function targetsOf({ metadata, spec }: GslbPolicy): HeldPolicy['targets'] {
  const targets = new Map<string, { all: boolean; sections: Set<string> }>();
  for (const { group = 'k8gb.io', name, sectionName } of spec?.targetRefs ?? []) {
    const key = gslbKey({ group, namespace: metadata.namespace ?? 'default', name });
    const target = targets.get(key) ?? { all: false, sections: new Set() };
    targets.set(key, target);
    if (sectionName === undefined) target.all = true;
    else target.sections.add(sectionName.toLowerCase().replace(/\.$/, ''));
  }
  return targets;
}
