import { type ProbeTarget, specText, targetName } from '#core/probe/target.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { ProbeSpec } from '#sidecar/model/policy.ts';
import { neverPassedText, probeNeverPassed } from '#sidecar/model/probe-remark.ts';
import { Damper, type Moment } from './damper.ts';
import { NameIndex } from './name-index.ts';
import { type Checked, probedAddresses, type Verdict } from './probed.ts';
import type { Remark } from './wish.ts';

/** Who probes addresses. Names are those of core/probe/target.ts. */
export interface Prober {
  /** @param own by the sidecar's own probe, not by a policy's */
  want(target: ProbeTarget, own: boolean): void;
  drop(target: ProbeTarget): void;
  /** Up while nothing is known. Whoever made the prober tells when it moved. */
  verdict(target: ProbeTarget): Verdict;
  /** Whether it is too early to say that it has never passed. */
  isUndecided(target: ProbeTarget): boolean;
}

export interface CheckOptions {
  /** Absent: nothing is probed, whatever policies say. */
  readonly prober?: Prober;
  /** The sidecar's own probe, of nodes that serve. */
  readonly probe: ProbeSpec;
  readonly now: () => Moment;
}

const forgetEveryMs = 60_000;

const hostKey = (host: string): string => `host ${host}`;

/**
 * Puts into the views of hosts what probes and time say: addresses that are down are withheld, and what comes back is
 * held. Knows which Gslbs to look at again when a verdict moves or a hold ends.
 */
export class Checks {
  readonly #options: CheckOptions;
  readonly #damper = new Damper();
  /** Gslbs by the names of the targets that they depend on, and by `host H`. */
  readonly #gslbsOf = new NameIndex();
  readonly #used = new Map<string, { readonly names: ReadonlySet<string> }>();
  readonly #targets = new Map<string, ProbeTarget>();
  #collecting = new Map<string, { readonly target: ProbeTarget; readonly own: boolean } | undefined>();
  #remarks: Remark[] = [];
  #forgotMs = 0;
  #isNode: (address: string) => boolean = () => false;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  /** InternalIPs of the nodes that serve: what is probed unless a policy says otherwise. */
  setNodes(addresses: readonly string[]): void {
    const nodes = new Set(addresses);
    this.#isNode = (address) => nodes.has(address);
  }

  /** One host of the Gslb that is being resolved; `addresses` are all that it has but for those withheld already. */
  readonly check = (view: HostView): HostView => {
    const now = this.#options.now();
    const ready = view.health === 'Healthy';
    const probed = probedAddresses(
      view.addresses.map((address) => this.#address(address, view, now)),
      ready,
    );
    const key = hostKey(view.host);
    this.#collecting.set(key, undefined);
    const up = ready && probed.addresses.length > 0;
    // One that has no address yet (a name to be resolved, a load balancer to be made) has not been lost.
    const isComing = ready && view.addresses.length === 0 && !this.#damper.knows(key);
    const heldUntilMs = isComing ? undefined : this.#damper.see(key, up, now);
    const withheld = [...(view.withheld ?? []), ...(probed.withheld ?? [])];
    return {
      ...view,
      ...probed,
      ...(withheld.length === 0 ? {} : { withheld }),
      ...(heldUntilMs === undefined ? {} : { heldUntilMs }),
    };
  };

  /** Remarks about the hosts that were checked since the last call, without doubles. */
  readonly remarks = (): readonly Remark[] => {
    const remarks = new Map(this.#remarks.map((remark) => [remark.message, remark]));
    this.#remarks = [];
    return [...remarks.values()];
  };

  /** Ends the resolving of one Gslb: what it no longer uses is probed no longer. */
  resolved(gslb: string): void {
    const before = this.#used.get(gslb)?.names ?? new Set();
    const collected = this.#collecting;
    this.#collecting = new Map();
    this.#remarks = [];
    for (const [name, wanted] of collected) {
      if (before.has(name)) continue;
      if (wanted !== undefined && this.#gslbsOf.of(name).size === 0) this.#targets.set(name, wanted.target);
      this.#gslbsOf.add(name, gslb);
    }
    for (const name of before) {
      if (collected.has(name)) continue;
      this.#gslbsOf.remove(name, gslb);
      const target = this.#targets.get(name);
      if (target === undefined || this.#gslbsOf.of(name).size > 0) continue;
      this.#targets.delete(name);
      this.#options.prober?.drop(target);
    }
    if (collected.size === 0) this.#used.delete(gslb);
    else this.#used.set(gslb, { names: new Set(collected.keys()) });
  }

  /** Whether a probe that the Gslb depends on may still turn out never to have passed. */
  isUndecided(gslb: string): boolean {
    for (const name of this.#used.get(gslb)?.names ?? []) {
      const target = this.#targets.get(name);
      if (target !== undefined && this.#options.prober?.isUndecided(target) === true) return true;
    }
    return false;
  }

  /** Gslbs that depend on one of these targets. */
  *gslbsOf(names: Iterable<string>): Iterable<string> {
    for (const name of names) yield* this.#gslbsOf.of(name);
  }

  /** Ends a settling: returns in how many milliseconds the next hold ends, Infinity when nothing is held. */
  settled(): number {
    this.#damper.started();
    const { monotonicMs } = this.#options.now();
    if (monotonicMs - this.#forgotMs > forgetEveryMs) {
      this.#forgotMs = monotonicMs;
      this.#damper.forget(monotonicMs, (name) => this.#gslbsOf.of(name).size > 0);
    }
    return this.#damper.nextEndMs() - monotonicMs;
  }

  /** Gslbs for which a hold has ended. */
  endedHolds(): Iterable<string> {
    return this.gslbsOf([...this.#damper.ended(this.#options.now().monotonicMs)]);
  }

  #address(address: string, view: HostView, now: Moment): Checked {
    const { prober, probe } = this.#options;
    const spec = view.policy?.probe ?? (this.#isNode(address) ? probe : undefined);
    if (prober === undefined || spec === undefined || spec.type === 'none')
      return { address, verdict: undefined };
    const own = view.policy?.probe === undefined;
    const target = { address, spec };
    const name = targetName(target);
    if (!this.#collecting.has(name)) {
      if (this.#gslbsOf.of(name).size === 0 || own) prober.want(target, own);
      this.#collecting.set(name, { target, own });
    }
    const verdict = prober.verdict(target);
    if (verdict.up && verdict.neverPassed !== undefined)
      this.#remarks.push({
        reason: probeNeverPassed,
        message: neverPassedText(
          `probe ${specText(target.spec)} of ${address}`,
          verdict.neverPassed,
          `open the port to this cluster's nodes, or correct ${own ? '--probe of the sidecar' : `probe in GslbPolicy ${view.policy?.reference.name}`}`,
        ),
      });
    const heldUntilMs = this.#damper.see(name, verdict.up, now);
    if (heldUntilMs === undefined) return { address, verdict };
    return { address, verdict, heldSeconds: Math.max(1, Math.ceil((heldUntilMs - now.wallMs) / 1_000)) };
  }
}
