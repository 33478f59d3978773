import type { ActiveRecord } from '#sidecar/model/active-record.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { PeerRecord } from '#sidecar/model/peer-view.ts';
import type { Candidate } from './candidate.ts';
import type { HostInput } from './host-input.ts';
import { byRank } from './rank.ts';

/** Which cluster a failover host is with after this decision. */
export interface Activity {
  /** Absent: no cluster has been alive yet. */
  readonly active?: ActiveRecord;
  /** See Remembered. */
  readonly readyAgainMs?: number;
  /** See Remembered. */
  readonly unheardSinceMs?: number;
  readonly reconsiderAtMs?: number;
  /** Why it does not go to the cluster that ranks first. */
  readonly note?: string;
}

/**
 * The active cluster stays until it is seen dead, drained or failed back from; then the epoch rises. On its return a
 * cluster that ranks higher decides itself, by its own failback: until then it says so to nobody, and a peer of which
 * only addresses are heard has decided when it offers them.
 * @param left the clusters that `alive`, `drained` and `remote` left
 * @param whyNot why they removed the others, by geotag
 */
export function nextActive(
  left: readonly Candidate[],
  whyNot: ReadonlyMap<string, string>,
  input: HostInput,
): Activity {
  const { host, nowMs } = input;
  const known = latest(input);
  const [best] = left.toSorted(byRank(host));
  if (best === undefined) return known === undefined ? {} : { active: known };
  const to = (reason: string): Activity => ({
    active: { geoTag: best.geoTag, epoch: (known?.epoch ?? 0) + 1, sinceMs: nowMs, reason },
  });
  if (known === undefined) return to(`${best.geoTag} ranks first of those alive`);
  if (known.geoTag === best.geoTag) return { active: known };
  if (!left.some(({ geoTag }) => geoTag === known.geoTag)) {
    // A peer that has not been heard since the start need not be dead.
    const unheard = input.peers.some(({ geoTag, state }) => geoTag === known.geoTag && state === 'unknown');
    const unheardSinceMs = input.before.unheardSinceMs ?? nowMs;
    if (unheard && nowMs - unheardSinceMs < unheardForMs) {
      return { active: known, unheardSinceMs, reconsiderAtMs: unheardSinceMs + unheardForMs };
    }
    return to(`${known.geoTag}: ${whyNot.get(known.geoTag) ?? 'no longer in the fleet'}`);
  }
  if (byRank(host)(known, best) < 0) return { active: known };
  if (best.state === 'own') return failBack(known, to(`${best.geoTag} is alive again`), input);
  const decides = input.peers.some(
    (peer) => peer.geoTag === best.geoTag && recordOf(peer, host) !== undefined,
  );
  if (decides) return { active: known, note: `${best.geoTag} has not taken the host back yet` };
  return to(`${best.geoTag} is alive again`);
}

/** Some times as long as the fleet takes to call a peer silent that it has heard. */
const unheardForMs = 10_000;

function failBack(known: ActiveRecord, back: Activity, { host, geoTag, before, nowMs }: HostInput): Activity {
  const failback = host.policy?.failback ?? { mode: 'auto' };
  switch (failback.mode) {
    case 'auto':
      return back;
    case 'manual':
      return { active: known, note: `${geoTag} ranks first, but failback is manual` };
    case 'after': {
      const readyAgainMs = before.readyAgainMs ?? nowMs;
      const atMs = readyAgainMs + failback.seconds * 1000;
      if (nowMs >= atMs) return back;
      const note = `${geoTag} ranks first, but takes the host back only after ${failback.seconds} s`;
      return { active: known, readyAgainMs, reconsiderAtMs: atMs, note };
    }
  }
}

/** The record that counts: the highest epoch of all clusters that want the same of the host, ties the lower geotag. */
function latest({ host, before, peers }: HostInput): ActiveRecord | undefined {
  const said = peers.map((peer) => recordOf(peer, host)?.active);
  return [before.active, ...said]
    .filter((record) => record !== undefined)
    .sort((a, b) => b.epoch - a.epoch || (a.geoTag < b.geoTag ? -1 : 1))[0];
}

/** One with another primary has an active cluster of its own (k8gb's split failover). */
function recordOf(
  { records }: HostInput['peers'][number],
  { host, strategy }: HostView,
): PeerRecord | undefined {
  const record = records?.get(host);
  if (record?.strategy.type !== 'failover' || strategy.type !== 'failover') return undefined;
  return record.strategy.primaryGeoTag === strategy.primaryGeoTag ? record : undefined;
}
