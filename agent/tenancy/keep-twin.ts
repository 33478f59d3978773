import { annotations } from '#agent/model/names.ts';
import { type Namespace, namespaces, roleBindings } from '#core/api/kubernetes.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { TenancyContext } from './context.ts';
import { isBound, resourceQuotas, twinBindings, twinNamespace, twinQuota } from './objects.ts';

/** A quota that was deleted by hand is back within this time. */
const quotaMs = 10 * 60_000;

export interface WantedTwin {
  readonly local: string;
  readonly remote: string;
  readonly tenantNamespace: string;
  /** Id of the consumer. */
  readonly consumer: string;
  readonly podSecurity: string;
  /** Globs; undefined: Ingresses may have any host. */
  readonly ingressHosts?: readonly string[];
}

/**
 * Makes a twin namespace, or what is missing of one: namespace, our rights, quota, and last the tenant's rights. False
 * where somebody else made a namespace of that name a moment ago.
 */
export async function keepTwin(context: TenancyContext, twin: WantedTwin): Promise<boolean> {
  const { source, held, memory, wallClock, namespace, serviceAccount } = context;
  const wanted = twinNamespace(twin);
  const there = held.namespaces.get(twin.remote) ?? (await create(context, wanted));
  if (there === undefined) return false;
  const unlimited =
    twin.ingressHosts === undefined && there.metadata.annotations?.[annotations.ingressHosts] !== undefined;
  if (unlimited || differs(there, wanted)) {
    const { labels } = wanted.metadata;
    const changed = { [annotations.ingressHosts]: null, ...wanted.metadata.annotations };
    await source.patch(namespaces, twin.remote, {
      metadata: { uid: there.metadata.uid, labels, annotations: changed },
    });
  }
  const [ours, theirs] = twinBindings(twin.remote, twin.tenantNamespace, {
    name: serviceAccount,
    namespace,
  });
  const bound = [ours, theirs].map((each) =>
    isBound(held.bindings.get(`${twin.remote}/${each.metadata.name}`), each),
  );
  if (!bound[0]) await source.apply(roleBindings, ours);
  const { uid = '' } = there.metadata;
  if (!bound[1] || wallClock() - (memory.quotas.get(uid) ?? 0) > quotaMs) {
    await source.apply(resourceQuotas, twinQuota(twin.remote, twin.tenantNamespace));
    memory.quotas.set(uid, wallClock());
  }
  if (!bound[1]) await source.apply(roleBindings, theirs);
  return true;
}

/** Undefined where it is there already: whose it is, its labels will say. */
function create({ source }: TenancyContext, wanted: Namespace): Promise<Namespace | undefined> {
  return ignoring('conflict', source.create(namespaces, wanted));
}

function differs(there: Namespace, wanted: Namespace): boolean {
  const lacks = (
    has: Readonly<Record<string, string>> | undefined,
    wants: Readonly<Record<string, string>> | undefined,
  ): boolean => Object.entries(wants ?? {}).some(([name, value]) => has?.[name] !== value);
  return (
    lacks(there.metadata.labels, wanted.metadata.labels) ||
    lacks(there.metadata.annotations, wanted.metadata.annotations)
  );
}
