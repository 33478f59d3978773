import { annotations, labels } from '#agent/model/names.ts';
import type { Namespace } from '#core/api/kubernetes.ts';
import { type NamespaceMap, namespaceMaps } from '#core/api/offload/namespace-map.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { clearTwin } from './clear-twin.ts';
import type { TenancyContext } from './context.ts';
import { type Refusal, refusals } from './errors.ts';
import { judgeMappings } from './judge-mapping.ts';
import { keepTwin } from './keep-twin.ts';
import { tell } from './tell.ts';
import { peeringKey } from './tenant-state.ts';
import { writeMapStatus } from './write-status.ts';

type Entry = NonNullable<NonNullable<NonNullable<NamespaceMap['status']>['currentMapping']>[string]>;

/** How long a mapping tells what was left behind after it is gone. */
const leftBehindMs = 60_000;
/** Where a creation has met one of the same moment, the watch will have told whose it is. */
const againMs = 500;
const nothingDueMs = Number.POSITIVE_INFINITY;

/**
 * Brings the twin namespaces of one tenant to what its NamespaceMap asks for, as far as it is granted, and says in the
 * map's status what became of each. Returns when it is to be called again, milliseconds.
 */
export async function reconcileTwins(
  context: TenancyContext,
  { tenant, consumer }: { readonly tenant: Tenant; readonly consumer: string },
): Promise<number> {
  const { held, source } = context;
  const { namespace: tenantNamespace = '' } = tenant.metadata;
  const key = peeringKey(tenantNamespace);
  if (held.maps.get(key) === undefined) return nothingDueMs;
  const map = await source.get(namespaceMaps, key);
  const word = tenant.spec?.tenantCondition;
  const desired = map.spec?.desiredMapping ?? {};
  const entries = new Map<string, Entry>();
  let dueMs = nothingDueMs;

  const wanted = new Set<string>();
  const answers = judgeMappings({
    desired,
    tenantNamespace,
    consumer,
    allowed: tenant.spec?.allowedNamespaces,
    ...(word === 'Cordoned' || word === 'Drained' ? { cordon: word } : {}),
    agentNamespace: context.namespace,
    namespaceOf: (name) => held.namespaces.get(name),
  });
  for (const answer of answers) {
    const { local, remote } = answer;
    if (answer.kind !== 'refuse') wanted.add(`${local}/${remote}`);
    else entries.set(local, refused(remote, answer.refusal));
  }
  for (const twin of twinsOf(context, tenantNamespace)) {
    const local = twin.metadata.annotations?.[annotations.originalNamespace] ?? '';
    if (wanted.has(`${local}/${twin.metadata.name}`)) continue;
    await withdraw(context, tenant, twin, entries);
  }
  const failures: unknown[] = [];
  for (const answer of answers) {
    if (answer.kind === 'refuse') continue;
    const { local, remote } = answer;
    const { podSecurity = 'baseline', ingressHosts } = tenant.spec ?? {};
    const policy = { podSecurity, ...(ingressHosts && { ingressHosts }) };
    const before = map.status?.currentMapping?.[local];
    try {
      const made = await keepTwin(context, { local, remote, tenantNamespace, consumer, ...policy });
      if (!made) dueMs = againMs;
      entries.set(
        local,
        made
          ? { remoteNamespace: remote, phase: 'Accepted' }
          : refused(remote, refusals.namespaceExists(remote)),
      );
    } catch (error) {
      // One namespace that cannot be made keeps no other waiting.
      failures.push(error);
      const kept = before?.remoteNamespace === remote ? before : undefined;
      entries.set(local, kept ?? refused(remote, refusals.notMadeYet(remote)));
    }
  }
  const leftMs = reportLeftBehind(context, map, tenantNamespace, entries);
  await writeMapStatus(context, map, Object.fromEntries(entries));
  if (failures.length > 0) throw failures[0];
  return Math.min(dueMs, leftMs);
}

/** The namespaces that carry this tenant's label, those being deleted included. */
export function twinsOf(
  { held }: Pick<TenancyContext, 'held'>,
  tenantNamespace: string,
): readonly Namespace[] {
  return [...held.namespaces.list()].filter(
    ({ metadata }) => metadata.labels?.[labels.tenantOfTwin] === tenantNamespace,
  );
}

/** Ends a twin that is not wanted, and says so at `local` unless that has a new one. */
async function withdraw(
  context: TenancyContext,
  tenant: Tenant,
  twin: Namespace,
  entries: Map<string, Entry>,
): Promise<void> {
  const { namespace: tenantNamespace = '' } = tenant.metadata;
  const { name } = twin.metadata;
  const local = twin.metadata.annotations?.[annotations.originalNamespace] ?? name;
  const left = await clearTwin(context, twin, tenantNamespace);
  if (left === undefined) {
    if (!entries.has(local)) entries.set(local, { remoteNamespace: name, phase: 'Terminating' });
    return;
  }
  const message = `namespace ${name} was kept: ${left} did not come from this peering`;
  await tell(context, tenant, 'Warning', 'ForeignObjectsLeft', message);
  const untilMs = context.wallClock() + leftBehindMs;
  context.memory.leftBehind.set(`${tenantNamespace}/${local}`, { untilMs, remoteNamespace: name, message });
}

/** Says for a minute what was left behind; one said before a restart is said for a minute more. */
function reportLeftBehind(
  { memory, wallClock }: TenancyContext,
  map: NamespaceMap,
  tenantNamespace: string,
  entries: Map<string, Entry>,
): number {
  const known = memory.leftBehind;
  for (const [local, entry] of Object.entries(map.status?.currentMapping ?? {})) {
    const key = `${tenantNamespace}/${local}`;
    if (entry.reason !== 'ForeignObjectsLeft' || known.has(key)) continue;
    const { remoteNamespace = '', message = '' } = entry;
    known.set(key, { untilMs: wallClock() + leftBehindMs, remoteNamespace, message });
  }
  let dueMs = nothingDueMs;
  for (const [key, { untilMs, remoteNamespace, message }] of known) {
    const [owner, local = ''] = key.split('/');
    if (owner !== tenantNamespace) continue;
    if (entries.has(local)) {
      known.delete(key);
      continue;
    }
    const leftMs = untilMs - wallClock();
    if (leftMs <= 0) {
      // Until the map no longer says it, it must not be taken up from there again.
      if (map.status?.currentMapping?.[local] === undefined) known.delete(key);
      continue;
    }
    dueMs = Math.min(dueMs, leftMs);
    entries.set(local, { remoteNamespace, phase: 'Terminating', reason: 'ForeignObjectsLeft', message });
  }
  return dueMs;
}

function refused(remoteNamespace: string, { reason, message }: Refusal): Entry {
  return { remoteNamespace, phase: 'CreationLoopBackOff', reason, message };
}
