import { labels, names } from '#agent/model/names.ts';
import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { type KubeObject, namespaces, type Resource, roleBindings } from '#core/api/kubernetes.ts';
import { namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { peeringClaims } from '#core/api/offload/peering-claim.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { Change, Watch } from '#core/source/source.ts';
import type { TenancyContext } from './context.ts';
import { madeLabel } from './objects.ts';
import { reconcileTenant } from './reconcile-tenant.ts';
import {
  type AcceptedConsumer,
  acceptedConsumers,
  type IncomingFacts,
  incomingPeerings,
  twinsInUse,
} from './report.ts';
import { canonical } from './same.ts';

export type { IncomingFacts } from './report.ts';

export interface TenancyOptions
  extends Pick<
    TenancyContext,
    'source' | 'namespace' | 'serviceAccount' | 'clusterID' | 'clusterUID' | 'grant' | 'log' | 'wallClock'
  > {
  /** 0 to below 1. */
  readonly random: () => number;
  /** The whole list, first when all is known and then at each change; only twins whose RoleBindings are in place. */
  readonly onTwins: (twins: readonly TwinNamespace[]) => void;
  /** By id: those that were accepted. The whole list, before the twins of that time, and at each change. */
  readonly onConsumers: (consumers: Readonly<Record<string, AcceptedConsumer>>) => void;
  /** At each change; undefined when the peering of that consumer is gone. */
  readonly onIncoming: (clusterID: string, facts: IncomingFacts | undefined) => void;
}

export interface Tenancy {
  /** What {@link TenancyOptions.grant} says has changed. */
  touch(): void;
  /** Resolves when the signal has aborted and the last write has ended. */
  readonly drained: Promise<void>;
}

/** Failures in a row of one tenant before they are told: RBAC that was just written takes a moment to count. */
const quietFailures = 3;

/**
 * The provider's side of peerings, until the signal aborts: invitations, claims, accounts, tokens and twin namespaces
 * of every Tenant `peering` in a namespace with Liqo's tenant label. Only the replica with the Lease may run it. All
 * state is in objects. Tenants of Liqo's own engine are left alone.
 */
export function startTenancy(options: TenancyOptions, signal: AbortSignal): Tenancy {
  const { source, log, random, onTwins, onConsumers, onIncoming, ...rest } = options;
  const seen = new Map<string, string>();
  let ready = false;

  const queue = keyedQueue(
    {
      reconcile: (tenantNamespace) => reconcileTenant(context, tenantNamespace),
      concurrency: 4,
      random,
      onError: (tenantNamespace, error, failures) => {
        const fields = { tenant: tenantNamespace, failures, error };
        if (failures < quietFailures) log.debug(fields, 'the tenant is tried again');
        else log.warn(fields, 'the tenant could not be brought to what it asks for; it is tried again');
      },
    },
    signal,
  );

  const watch = <T extends KubeObject>(
    resource: Resource<T>,
    tenantsOf: (object: T) => readonly string[],
    labelSelector?: string,
  ): Watch<T> =>
    source.watch(
      {
        resource,
        ...(labelSelector === undefined ? {} : { labelSelector }),
        trim: withoutManagedFields,
        onChange: (change) => changed(resource, change, tenantsOf),
      },
      signal,
    );

  const changed = <T extends KubeObject>(
    resource: Resource<T>,
    { type, object }: Change<T>,
    tenantsOf: (object: T) => readonly string[],
  ): void => {
    const key = `${resource.plural} ${object.metadata.namespace}/${object.metadata.name}`;
    const content = type === 'deleted' ? undefined : relevant(object);
    if (content !== undefined && seen.get(key) === content) return;
    if (content === undefined) seen.delete(key);
    else seen.set(key, content);
    if (!ready) return;
    for (const tenantNamespace of tenantsOf(object)) queue.add(tenantNamespace);
    reportSoon();
  };

  const held = {
    tenants: watch(tenants, ownNamespace),
    claims: watch(peeringClaims, ownNamespace),
    maps: watch(namespaceMaps, ownNamespace),
    bindings: watch(roleBindings, ({ metadata }) => present(metadata.labels?.[madeLabel]), madeLabel),
    namespaces: watch(namespaces, (namespace) => [
      ...(namespace.metadata.labels?.[labels.tenantNamespace] === 'true' ? [namespace.metadata.name] : []),
      ...present(namespace.metadata.labels?.[labels.tenantOfTwin]),
      ...wantedBy(namespace.metadata.name),
    ]),
  };

  /** Tenants that would like a namespace of this name. */
  const wantedBy = (name: string): readonly string[] =>
    [...held.maps.list()]
      .filter(
        ({ metadata, spec }) =>
          metadata.name === names.peering && Object.values(spec?.desiredMapping ?? {}).includes(name),
      )
      .map(({ metadata }) => metadata.namespace ?? '');

  const context: TenancyContext = {
    ...rest,
    source,
    log,
    held,
    serially: oneByOne(),
    memory: { quotas: new Map(), leftBehind: new Map() },
  };

  let reporting = false;
  const reportSoon = (): void => {
    if (reporting || signal.aborted) return;
    reporting = true;
    queueMicrotask(() => {
      reporting = false;
      report();
    });
  };
  let toldConsumers: string | undefined;
  let toldTwins: string | undefined;
  let toldIncoming: ReadonlyMap<string, IncomingFacts> = new Map();
  const report = (): void => {
    if (signal.aborted) return;
    const consumers = acceptedConsumers(context);
    const consumersText = canonical(consumers);
    if (consumersText !== toldConsumers) {
      toldConsumers = consumersText;
      onConsumers(consumers);
    }
    const twins = twinsInUse(context);
    const text = canonical(twins);
    if (text !== toldTwins) {
      toldTwins = text;
      onTwins(twins);
    }
    const incoming = incomingPeerings(context);
    const before = toldIncoming;
    toldIncoming = incoming;
    for (const clusterID of new Set([...before.keys(), ...incoming.keys()]))
      if (canonical(before.get(clusterID) ?? null) !== canonical(incoming.get(clusterID) ?? null))
        onIncoming(clusterID, incoming.get(clusterID));
  };

  const addAll = (): void => {
    for (const { metadata } of held.tenants.list()) queue.add(metadata.namespace ?? '');
    for (const { metadata } of held.claims.list()) queue.add(metadata.namespace ?? '');
    for (const { metadata } of held.namespaces.list()) {
      const owner = metadata.labels?.[labels.tenantOfTwin];
      if (owner !== undefined) queue.add(owner);
    }
  };
  Promise.all(Object.values(held).map(({ synced }) => synced)).then(
    () => {
      ready = true;
      addAll();
      report();
    },
    () => undefined, // Only an abort rejects them.
  );

  return { touch: () => ready && addAll(), drained: queue.drained };
}

function ownNamespace({ metadata }: KubeObject): readonly string[] {
  return metadata.name === names.peering && metadata.namespace !== undefined ? [metadata.namespace] : [];
}

function present(text: string | undefined): readonly string[] {
  return text === undefined ? [] : [text];
}

/** What of an object may change a decision: not its version, nor a tenant's usage, which changes with every pod. */
function relevant(object: KubeObject): string {
  const { resourceVersion: _version, generation: _generation, ...metadata } = object.metadata;
  const { status, ...more } = object as KubeObject & { readonly status?: Readonly<Record<string, unknown>> };
  const { usedResources: _used, lastSeen: _seen, ...said } = status ?? {};
  return canonical({ ...more, metadata, status: said });
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _fields, ...metadata } = object.metadata as KubeObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  return { ...object, metadata };
}

/** Runs one piece of work after the other, whether or not one fails. */
function oneByOne(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
}
