import { annotations, labels } from '#agent/model/names.ts';
import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { conditionOf } from './conditions.ts';
import { grantedTo } from './consumer.ts';
import type { TenancyContext } from './context.ts';
import { isBound, twinBindings } from './objects.ts';
import { peeringKey, tenantState } from './tenant-state.ts';

/** How an incoming peering stands, for the ForeignCluster of that consumer. */
export interface IncomingFacts {
  readonly tenantNamespace: string;
  readonly word: 'Pending' | 'Established' | 'Error';
  /** One CamelCase word. */
  readonly reason: string;
  readonly message: string;
}

type Reported = Pick<TenancyContext, 'held' | 'namespace' | 'serviceAccount'>;

/**
 * The twin namespaces that are in use: made, with both RoleBindings, still asked for by an accepted consumer. From what
 * is watched alone, so that after a restart the first list is the whole list.
 */
export function twinsInUse({ held, namespace, serviceAccount }: Reported): readonly TwinNamespace[] {
  return [...held.namespaces.list()]
    .flatMap(({ metadata }): readonly TwinNamespace[] => {
      const tenantNamespace = metadata.labels?.[labels.tenantOfTwin];
      const consumer = metadata.labels?.[labels.remoteClusterID];
      const local = metadata.annotations?.[annotations.originalNamespace];
      if (tenantNamespace === undefined || consumer === undefined || local === undefined) return [];
      if (metadata.deletionTimestamp !== undefined || stateOf(held, tenantNamespace) !== 'accepted')
        return [];
      const key = peeringKey(tenantNamespace);
      if (held.maps.get(key)?.spec?.desiredMapping?.[local] !== metadata.name) return [];
      const bindings = twinBindings(metadata.name, tenantNamespace, { name: serviceAccount, namespace });
      const inPlace = bindings.every((each) =>
        isBound(held.bindings.get(`${metadata.name}/${each.metadata.name}`), each),
      );
      return inPlace ? [{ namespace: metadata.name, consumer, tenantNamespace }] : [];
    })
    .toSorted((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** By id of the consumer: every peering that somebody has redeemed and was not refused. */
export function incomingPeerings({ held }: Pick<Reported, 'held'>): ReadonlyMap<string, IncomingFacts> {
  const found = new Map<string, IncomingFacts>();
  for (const tenant of held.tenants.list()) {
    const { namespace: tenantNamespace = '' } = tenant.metadata;
    const consumer = grantedTo(tenant);
    if (consumer === undefined || held.tenants.get(peeringKey(tenantNamespace)) !== tenant) continue;
    const facts = { tenantNamespace, ...incoming(held, tenantNamespace) };
    // While an earlier peering of the same cluster ends, the later one counts.
    if (found.get(consumer.clusterID) === undefined || facts.reason !== 'Leaving')
      found.set(consumer.clusterID, facts);
  }
  return found;
}

/** What others need to know of a consumer. */
export interface AcceptedConsumer {
  readonly gatewayFingerprint: string;
}

/**
 * By id: consumers that were accepted and not let go yet. Their keys are those that this provider wrote down in the
 * Tenant's status when it accepted them, where no consumer can write; what a claim says by now counts for nothing.
 */
export function acceptedConsumers({
  held,
}: Pick<Reported, 'held'>): Readonly<Record<string, AcceptedConsumer>> {
  const found: Record<string, AcceptedConsumer> = {};
  for (const tenant of held.tenants.list()) {
    const { namespace = '' } = tenant.metadata;
    const consumer = grantedTo(tenant);
    if (consumer === undefined || held.tenants.get(peeringKey(namespace)) !== tenant) continue;
    if (held.claims.get(peeringKey(namespace))?.status?.phase !== 'Accepted') continue;
    if (stateOf(held, namespace) === 'changed') continue;
    found[consumer.clusterID] = { gatewayFingerprint: consumer.gatewayFingerprint };
  }
  return found;
}

function incoming(
  held: TenancyContext['held'],
  tenantNamespace: string,
): Omit<IncomingFacts, 'tenantNamespace'> {
  const state = stateOf(held, tenantNamespace);
  const tenant = held.tenants.get(peeringKey(tenantNamespace));
  const conditions = tenant?.status?.conditions;
  const silent = conditionOf(conditions, 'Silent');
  const word = tenant?.spec?.tenantCondition;
  if (state === 'leaving')
    return { word: 'Pending', reason: 'Leaving', message: 'the peering is being ended' };
  if (state === 'changed') {
    const { reason = 'Error', message = '' } = conditionOf(conditions, 'Accepted') ?? {};
    return { word: 'Error', reason, message };
  }
  if (state !== 'accepted')
    return { word: 'Pending', reason: 'Accepting', message: 'the claim is being accepted' };
  if (silent?.status === 'True') return { word: 'Error', reason: 'Silent', message: silent.message ?? '' };
  if (word === 'Cordoned' || word === 'Drained')
    return { word: 'Established', reason: word, message: `spec.tenantCondition of the Tenant is ${word}` };
  return { word: 'Established', reason: 'Accepted', message: 'the consumer was accepted' };
}

function stateOf(held: TenancyContext['held'], tenantNamespace: string): ReturnType<typeof tenantState> {
  const key = peeringKey(tenantNamespace);
  return tenantState({
    namespace: held.namespaces.get(tenantNamespace),
    tenant: held.tenants.get(key),
    claim: held.claims.get(key),
  });
}
