import type { HostReport, MemberReport } from '#core/admin/schema.ts';
import { timeText } from '#core/api/time-text.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { FilterStep, HostDecision } from '#sidecar/model/host-decision.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';

/** Each cluster's part in a host, by geotag, with what keeps those out that do not answer. */
export function membersOf(
  geoTag: string,
  host: HostView,
  peers: readonly PeerView[],
  decision: Pick<HostDecision, 'steps' | 'answeringGeoTags'> | undefined,
): readonly MemberReport[] {
  const leftOut = leftOutOf(decision?.steps ?? []);
  const own = {
    geoTag,
    state: 'own' as const,
    addresses: host.health === 'Healthy' ? host.addresses : [],
  };
  const others = peers.map((peer) => ({
    geoTag: peer.geoTag,
    state: peer.state,
    // The addresses of a silent peer are withdrawn, whatever it said last.
    addresses: peer.state === 'silent' ? [] : (peer.hosts.get(host.host) ?? []),
  }));
  return [own, ...others]
    .sort((a, b) => (a.geoTag < b.geoTag ? -1 : 1))
    .map((member) => {
      const removal = leftOut.get(member.geoTag);
      const answers = decision?.answeringGeoTags.includes(member.geoTag) === true;
      return removal === undefined || answers ? member : { ...member, leftOut: removal };
    });
}

/** What else a person should know of a host, as far as there is anything. */
export function stateOf(
  host: HostView,
  decision: HostDecision | undefined,
): Pick<HostReport, 'active' | 'withheld' | 'heldUntil'> {
  const { active } = decision ?? {};
  const { withheld = [], heldUntilMs } = host;
  return {
    ...(active !== undefined && {
      active: {
        geoTag: active.geoTag,
        epoch: active.epoch,
        since: timeText(active.sinceMs),
        reason: active.reason,
      },
    }),
    ...(withheld.length > 0 && { withheld }),
    ...(heldUntilMs !== undefined && { heldUntil: timeText(heldUntilMs) }),
  };
}

function leftOutOf(
  steps: readonly FilterStep[],
): ReadonlyMap<string, { readonly filter: string; readonly why: string }> {
  return new Map(
    steps.flatMap(({ filter, removed }) => removed.map(({ geoTag, why }) => [geoTag, { filter, why }])),
  );
}
