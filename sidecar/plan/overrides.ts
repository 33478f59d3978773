import type { Override } from '#sidecar/model/override.ts';
import type { HostInput } from './host-input.ts';

/** What is wanted of one cluster, and from when on. */
export interface Wanted {
  readonly geoTag: string;
  readonly override: Override;
  /** Later than it was said where the wait of the policy asks for it, ms since 1970. */
  readonly beginsAtMs: number;
}

/**
 * The overrides that count for a host, by the time at which they begin. For each cluster the most specific one: the
 * policy's, then that of its GslbCluster here, then the cluster's own word; one that has ended gives way to the next.
 * Each begins at least `waitSeconds` after the one before it began, those that break glass when they are said.
 */
export function overridesOf(input: HostInput): readonly Wanted[] {
  const { host, geoTag, peers, clusters, nowMs } = input;
  const said = [geoTag, ...peers.map((peer) => peer.geoTag)].flatMap((tag, index) => {
    const sources = [
      host.policy?.overrides.get(tag),
      clusters.get(tag)?.override,
      index === 0 ? undefined : peers[index - 1]?.override,
    ].filter((override) => override !== undefined);
    // One that has ended still keeps the next one waiting.
    const override = sources.find(({ untilMs }) => untilMs > nowMs) ?? sources[0];
    return override === undefined ? [] : [{ geoTag: tag, override }];
  });
  if (said.length === 0) return said as [];
  const waitMs = (host.policy?.waitSeconds ?? 0) * 1000;
  let lastMs = Number.NEGATIVE_INFINITY;
  return said
    .sort((a, b) => a.override.sinceMs - b.override.sinceMs || (a.geoTag < b.geoTag ? -1 : 1))
    .map(({ geoTag: tag, override }) => {
      const beginsAtMs = override.breakGlass ? override.sinceMs : Math.max(override.sinceMs, lastMs + waitMs);
      if (beginsAtMs < override.untilMs) lastMs = Math.max(lastMs, beginsAtMs);
      return { geoTag: tag, override, beginsAtMs };
    });
}
