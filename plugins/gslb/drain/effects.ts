import type { HostReport, MemberReport } from '#core/admin/schema.ts';
import { durationSeconds } from '#core/api/gslb/fields.ts';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';

/** What draining a cluster does to one host, as one cluster sees it. */
export interface Effect {
  readonly host: string;
  /** `loses`: others answer instead. `keeps`: a safety rule speaks against it. `unmoved`: it does not answer now. */
  readonly kind: 'loses' | 'keeps' | 'unmoved';
  /** Who stays, or why it is kept. */
  readonly why: string;
}

/** What the drain of a cluster will do, by the state that a sidecar reports and the policies; sorted by host. */
export function effects(
  cluster: string,
  hosts: readonly HostReport[],
  policies: readonly GslbPolicy[],
  options: { readonly breakGlass: boolean; readonly nowMs: number },
): readonly Effect[] {
  return hosts.flatMap((report): readonly Effect[] => {
    const member = report.members.find(({ geoTag }) => geoTag === cluster);
    if (member === undefined || !isAlive(member)) return [];
    const others = report.members.filter(
      (each) => each.geoTag !== cluster && isAlive(each) && !isDrained(each),
    );
    const stay = others.map(({ geoTag }) => geoTag);
    const rule = ruleAgainst(cluster, report, stay, policies, options);
    if (rule !== undefined) return [{ host: report.host, kind: 'keeps', why: rule }];
    const answers = member.addresses.some((address) => report.answer.addresses.includes(address));
    const why = `${stay.join(', ')} can answer`;
    return [{ host: report.host, kind: answers ? 'loses' : 'unmoved', why }];
  });
}

const isAlive = ({ state, addresses, leftOut }: MemberReport): boolean =>
  state !== 'silent' && state !== 'unknown' && addresses.length > 0 && leftOut?.filter !== 'alive';

const isDrained = ({ leftOut }: MemberReport): boolean => leftOut?.filter === 'drained';

function ruleAgainst(
  cluster: string,
  { host, gslb }: HostReport,
  stay: readonly string[],
  policies: readonly GslbPolicy[],
  { breakGlass, nowMs }: { readonly breakGlass: boolean; readonly nowMs: number },
): string | undefined {
  if (stay.length === 0) return 'no other cluster can answer (DrainIgnored)';
  if (breakGlass) return undefined;
  const policy = policies.find(
    ({ metadata, status }) =>
      metadata.namespace === gslb.namespace &&
      (status?.targets ?? []).some(
        (target) => target.group === gslb.group && target.name === gslb.name && target.hosts?.includes(host),
      ),
  );
  if (policy === undefined) return undefined;
  const { minClustersOn = 0, wait = '0s' } = policy.spec?.safety ?? {};
  const name = `GslbPolicy ${policy.metadata.namespace}/${policy.metadata.name}`;
  if (stay.length < minClustersOn)
    return `${name} keeps ${minClustersOn} clusters on, ${stay.length} would be left (DrainIgnored; --break-glass lifts it)`;
  const since = (policy.status?.overrides ?? [])
    .filter(({ geoTag }) => geoTag !== cluster)
    .map((override) => Date.parse(override.since));
  const beginsMs = Math.max(0, ...since) + (durationSeconds(wait) ?? 0) * 1000;
  if (since.length > 0 && beginsMs > nowMs)
    return `${name} lets it begin at ${new Date(beginsMs).toISOString()}, ${wait} after the drain before it (--break-glass lifts it)`;
  return undefined;
}
