import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { Override } from '#sidecar/model/override.ts';
import { earliest, type Filter, type Filtered, moment, sift } from './filter.ts';
import { overridesOf } from './overrides.ts';

/**
 * Takes drained clusters out, as far as the policy's safety rules allow: it leaves `minClustersOn` of those alive, and
 * what begins too soon after another waits; `breakGlass` lifts both. It never takes the last one: when all that are
 * alive are drained, none is.
 */
export const drained: Filter = (standing, { input }) => {
  const { host, nowMs } = input;
  const living = new Set(standing.clusters.map(({ geoTag }) => geoTag));
  const inForce = new Map<string, string>();
  const ignored: string[] = [];
  let reconsiderAtMs: number | undefined;
  for (const { geoTag, override, beginsAtMs } of overridesOf(input)) {
    if (override.untilMs <= nowMs || !living.has(geoTag)) continue;
    reconsiderAtMs = earliest(reconsiderAtMs, override.untilMs);
    const what = `the drain of ${geoTag} (${override.origin})`;
    const left = living.size - inForce.size - 1;
    if (beginsAtMs > nowMs) {
      reconsiderAtMs = earliest(reconsiderAtMs, beginsAtMs);
      ignored.push(`${what} begins at ${moment(beginsAtMs)}, ${waitRule(host)} after the one before it`);
    } else if (!override.breakGlass && left < (host.policy?.minClustersOn ?? 0)) {
      ignored.push(`${what} would leave ${left} of the ${host.policy?.minClustersOn} clusters to keep on`);
    } else inForce.set(geoTag, why(override));
  }
  if (inForce.size > 0 && inForce.size === living.size) {
    ignored.push(`all clusters that are alive are drained (${[...living].join(', ')})`);
    inForce.clear();
  }
  return remarked(
    sift('drained', standing, ({ geoTag }) => inForce.get(geoTag), ignored.join('; ') || undefined),
    host.host,
    ignored,
    reconsiderAtMs,
  );
};

function remarked(
  filtered: Filtered,
  host: string,
  ignored: readonly string[],
  reconsiderAtMs: number | undefined,
): Filtered {
  return {
    ...filtered,
    remarks: ignored.map((message) => ({ reason: 'DrainIgnored', message: `${host}: ${message}` })),
    ...(reconsiderAtMs === undefined ? {} : { reconsiderAtMs }),
  };
}

const waitRule = ({ policy }: HostView): string => `${policy?.waitSeconds ?? 0} s`;

function why({ origin, reason, untilMs }: Override): string {
  const until = Number.isFinite(untilMs) ? ` until ${moment(untilMs)}` : '';
  return `drained by ${origin}${until}${reason === '' ? '' : `: ${reason}`}`;
}
