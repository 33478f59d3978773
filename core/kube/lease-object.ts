import type { KubeObject, Resource } from '#core/api/kubernetes.ts';

/** coordination.k8s.io/v1 Lease. */
export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export const leases: Resource<LeaseObject> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** A Lease as it was when we first saw this version of it. */
export interface SeenLease {
  readonly resourceVersion: string | undefined;
  /** When the answer that showed it was here, on our monotonic clock. */
  readonly atMs: number;
}

/**
 * Whether `identity` may write itself into the Lease: nobody holds it, or it does itself, or the holder has not
 * renewed it for its whole duration on our own clock. client-go's rule: it needs no synchronised clocks.
 */
export function mayHold(lease: LeaseObject, seen: SeenLease, identity: string, nowMs: number): boolean {
  const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {};
  return (
    holderIdentity === '' || holderIdentity === identity || nowMs - seen.atMs >= leaseDurationSeconds * 1000
  );
}

/** The Lease as `identity` writes it. `leaseTransitions` counts changes of holder, as in Kubernetes. */
export function heldBy(
  identity: string,
  lease: LeaseObject | undefined,
  terms: {
    readonly namespace: string;
    readonly name: string;
    readonly durationMs: number;
    readonly wallMs: number;
  },
): LeaseObject {
  const { namespace, name, durationMs, wallMs } = terms;
  // Kubernetes' MicroTime.
  const renewTime = new Date(wallMs).toISOString().replace('Z', '000Z');
  const ours = lease?.spec?.holderIdentity === identity;
  const transitions = lease?.spec?.leaseTransitions ?? 0;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: lease?.metadata ?? { name, namespace },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      acquireTime: (ours ? lease.spec?.acquireTime : undefined) ?? renewTime,
      renewTime,
      leaseTransitions: transitions + (ours || lease === undefined ? 0 : 1),
    },
  };
}
