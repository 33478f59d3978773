import type { HostReport } from '#core/admin/schema.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { ClusterFacts, FoundGslb } from './facts.ts';
import type { Health, HostStatus, Target } from './model.ts';

/** k8gb's TTL where a Gslb says none (or 0). */
const defaultTtlSeconds = 30;

/** Every host of every Gslb of one cluster: what the running sidecar says, else what the Gslb's status says. */
export function hostStatuses(facts: ClusterFacts): readonly HostStatus[] {
  return withoutMigrated(facts.gslbs).flatMap((found) => {
    const reports = reportsOf(facts, found);
    const hosts = reports.length > 0 ? reports.map(({ host }) => host) : hostsOf(found.object);
    const named = hosts.length > 0 ? hosts : [undefined];
    return named.map((host) =>
      hostStatus(
        facts,
        found,
        host,
        reports.find((report) => report.host === host),
      ),
    );
  });
}

/** The same namespace and name in both groups is one object in migration: k8gb.io wins (DESIGN 3.1). */
function withoutMigrated(gslbs: readonly FoundGslb[]): readonly FoundGslb[] {
  const canonical = new Set(
    gslbs.filter(({ group }) => group === 'k8gb.io').map(({ object }) => keyOf(object)),
  );
  return gslbs.filter(({ group, object }) => group === 'k8gb.io' || !canonical.has(keyOf(object)));
}

function reportsOf({ sidecar }: ClusterFacts, { group, object }: FoundGslb): readonly HostReport[] {
  if (sidecar.kind !== 'reached') return [];
  return sidecar.hosts.items.filter(
    ({ gslb }) => gslb.group === group && `${gslb.namespace}/${gslb.name}` === keyOf(object),
  );
}

function hostStatus(
  facts: ClusterFacts,
  { group, object }: FoundGslb,
  host: string | undefined,
  report: HostReport | undefined,
): HostStatus {
  const { metadata, spec, status } = object;
  const { type = '', primaryGeoTag } = spec?.strategy ?? {};
  const geoTag = facts.sidecar.kind === 'reached' ? facts.sidecar.hosts.geoTag : status?.geoTag || undefined;
  return {
    context: facts.context,
    geoTag,
    namespace: metadata.namespace ?? '',
    gslb: { group, name: metadata.name },
    host,
    strategy: primaryGeoTag ? { type, primaryGeoTag } : { type },
    health: healthOf(object, host, report),
    targets: report?.members.toSorted(byGeoTag) ?? targetsByStatus(object, host, geoTag),
    answer: report?.answer.addresses ?? recordsOf(object, host),
    ...decidedOf(object, host, report),
    ttlSeconds: report?.answer.ttlSeconds ?? (spec?.strategy.dnsTtlSeconds || defaultTtlSeconds),
    createdAtMs: Date.parse(metadata.creationTimestamp ?? ''),
  };
}

/** What the sidecar says, else what the status does. */
function decidedOf(
  { status }: Gslb,
  host: string | undefined,
  report: HostReport | undefined,
): Pick<HostStatus, 'active' | 'withheld' | 'heldUntil' | 'remarks'> {
  if (report !== undefined) {
    const { active, withheld, heldUntil, remarks } = report;
    return {
      ...(active && { active }),
      ...(withheld && { withheld }),
      ...(heldUntil && { heldUntil }),
      ...(remarks && { remarks }),
    };
  }
  const active = host === undefined ? undefined : status?.active?.[host];
  const kept = Object.entries((host === undefined ? undefined : status?.withheld?.[host]) ?? {});
  const remarks = remarksOf(status?.conditions ?? []);
  return {
    ...(active && { active }),
    ...(remarks.length > 0 && { remarks }),
    ...(kept.length > 0 && { withheld: kept.map(([address, why]) => ({ address, why })) }),
  };
}

/** Of all hosts of the Gslb: its conditions do not tell them apart. */
function remarksOf(conditions: NonNullable<NonNullable<Gslb['status']>['conditions']>) {
  return conditions
    .filter(({ type, status }) => (type === 'Degraded' || type === 'CoarseClients') && status === 'True')
    .map(({ type, reason, message }) => ({ reason: type === 'Degraded' ? reason : type, message }));
}

function healthOf(object: Gslb, host: string | undefined, report: HostReport | undefined): Health {
  // A report is newer than a condition, and there is one only for a Gslb that is served.
  if (report !== undefined) return { state: report.health };
  const accepted = object.status?.conditions?.find(({ type }) => type === 'Accepted');
  if (accepted?.status === 'False')
    return { state: 'Refused', reason: accepted.reason, message: accepted.message };
  const health = host === undefined ? undefined : object.status?.serviceHealth[host];
  return {
    state: health === 'Healthy' || health === 'Unhealthy' || health === 'NotFound' ? health : 'Pending',
  };
}

/** The status tells this cluster's addresses only from all others'. */
function targetsByStatus(
  object: Gslb,
  host: string | undefined,
  geoTag: string | undefined,
): readonly Target[] {
  if (object.status === undefined || geoTag === undefined) return [];
  const exposed = new Set(object.status.loadBalancer?.exposedIps);
  const records = recordsOf(object, host);
  const others = records.filter((address) => !exposed.has(address));
  return [
    { geoTag, state: 'own', addresses: records.filter((address) => exposed.has(address)) },
    ...(others.length > 0 ? [{ geoTag: 'others', state: 'others', addresses: others } as const] : []),
  ];
}

function recordsOf(object: Gslb, host: string | undefined): readonly string[] {
  return (host === undefined ? undefined : object.status?.healthyRecords[host]) ?? [];
}

/** Sorted; from the status, and from the embedded Ingress while that names none. */
function hostsOf({ spec, status }: Gslb): readonly string[] {
  const reported = [...Object.keys(status?.serviceHealth ?? {}), ...(status?.hosts ?? '').split(',')];
  const wanted = spec?.ingress?.rules?.map(({ host }) => host ?? '') ?? [];
  return distinct(reported).length > 0 ? distinct(reported) : distinct(wanted);
}

function distinct(hosts: readonly string[]): readonly string[] {
  return [...new Set(hosts.map((host) => host.trim()).filter((host) => host !== ''))].sort();
}

function byGeoTag(a: Target, b: Target): number {
  return a.geoTag < b.geoTag ? -1 : 1;
}

function keyOf({ metadata }: Gslb): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
