import { annotations, labels } from '#agent/model/names.ts';
import type { Namespace } from '#core/api/kubernetes.ts';
import { type Refusal, refusals } from './errors.ts';
import { matchesGlob } from './glob.ts';

/** What one consumer asks for, and all that decides about it. */
export interface MappingQuestion {
  /** Twin by namespace of the consumer, as the consumer wrote it: not to be trusted. */
  readonly desired: Readonly<Record<string, string>>;
  readonly tenantNamespace: string;
  /** Id of the consumer. */
  readonly consumer: string;
  /** Globs of the Tenant. */
  readonly allowed: readonly string[] | undefined;
  /** What is on while nothing new is admitted; what is there stays. */
  readonly cordon?: 'Cordoned' | 'Drained';
  /** The agent's. */
  readonly agentNamespace: string;
  readonly namespaceOf: (name: string) => Namespace | undefined;
}

/** `keep`: the twin is ours already. `make`: nothing of that name is there. */
export type MappingAnswer =
  | { readonly kind: 'keep' | 'make'; readonly local: string; readonly remote: string }
  | { readonly kind: 'refuse'; readonly local: string; readonly remote: string; readonly refusal: Refusal };

const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What becomes of each mapping. Of two for one twin the one that has it keeps it, else the first by name gets it. */
export function judgeMappings(question: MappingQuestion): readonly MappingAnswer[] {
  const entries = Object.entries(question.desired).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const owners = new Map<string, string>();
  for (const [local, remote] of entries) {
    if (grantRefusal(question, local, remote) !== undefined) continue;
    const holds = isTwinOf(question.namespaceOf(remote), question.tenantNamespace, local);
    if (!owners.has(remote) || holds) owners.set(remote, local);
  }
  return entries.map(([local, remote]) => {
    const owner = owners.get(remote);
    const refusal =
      grantRefusal(question, local, remote) ??
      (owner !== undefined && owner !== local
        ? refusals.mappedTwice(remote, owner)
        : presenceRefusal(question, local, remote));
    if (refusal !== undefined) return { kind: 'refuse', local, remote, refusal };
    return { kind: question.namespaceOf(remote) === undefined ? 'make' : 'keep', local, remote };
  });
}

/** Whether a namespace is the twin that this tenant's `local` got. */
export function isTwinOf(namespace: Namespace | undefined, tenantNamespace: string, local: string): boolean {
  return (
    namespace?.metadata.labels?.[labels.tenantOfTwin] === tenantNamespace &&
    namespace.metadata.annotations?.[annotations.originalNamespace] === local
  );
}

function grantRefusal(
  { consumer, allowed, agentNamespace }: MappingQuestion,
  local: string,
  remote: string,
): Refusal | undefined {
  if (!dnsLabel.test(local)) return refusals.invalidName(local);
  if (!dnsLabel.test(remote)) return refusals.invalidName(remote);
  if (isReserved(remote, agentNamespace)) return refusals.reserved(remote);
  const byDefault = `${local}-${consumer}`;
  return remote === byDefault || matchesGlob(allowed, remote)
    ? undefined
    : refusals.notGranted(remote, byDefault);
}

function isReserved(name: string, agentNamespace: string): boolean {
  return (
    name === 'default' ||
    name === agentNamespace ||
    name.startsWith('kube-') ||
    name.startsWith('liqo-tenant-')
  );
}

function presenceRefusal(question: MappingQuestion, local: string, remote: string): Refusal | undefined {
  const { tenantNamespace, namespaceOf, cordon } = question;
  const namespace = namespaceOf(remote);
  if (namespace === undefined) return cordon === undefined ? undefined : refusals.cordoned(cordon);
  const ours = namespace.metadata.labels?.[labels.tenantOfTwin] === tenantNamespace;
  if (ours && namespace.metadata.deletionTimestamp !== undefined)
    return refusals.namespaceTerminating(remote);
  return isTwinOf(namespace, tenantNamespace, local) ? undefined : refusals.namespaceExists(remote);
}
