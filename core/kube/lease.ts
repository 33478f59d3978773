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

/** What an election needs of the API server; an error has `code` notFound or conflict where that is the cause. */
export interface LeaseClient {
  get(resource: Resource<LeaseObject>, key: string): Promise<LeaseObject>;
  create(resource: Resource<LeaseObject>, lease: LeaseObject): Promise<LeaseObject>;
  /** Rejects with `conflict` unless the object still is of the resourceVersion given. */
  replace(resource: Resource<LeaseObject>, lease: LeaseObject): Promise<LeaseObject>;
}

export interface LeaseOptions {
  readonly client: LeaseClient;
  readonly namespace: string;
  readonly name: string;
  /** This replica; must differ between replicas. */
  readonly identity: string;
  /** How long a holder that does not renew keeps it. Default 10 s. */
  readonly durationMs?: number;
  /** Pause between renewals, and between tries. Default 2 s. */
  readonly renewMs?: number;
  /** Monotonic milliseconds: wall clocks of replicas may differ. */
  readonly now: () => number;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly log: {
    info(fields: Readonly<Record<string, unknown>>, message: string): void;
    warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  };
  readonly onAcquire: () => void;
}

/** This replica's part in an election. */
export interface Lease {
  /** False from the moment on at which another replica may hold it, by our own clock. */
  isHeld(): boolean;
  /** Gives it up, so that the next one need not wait; for a clean end. Resolves also when that fails. */
  release(): Promise<void>;
}

/**
 * Takes part in an election until the signal aborts. A holder is deposed when the Lease did not change for its whole
 * duration on our clock (client-go's rule, which needs no synchronised clocks); writes are guarded by resourceVersion.
 */
export function runLease(options: LeaseOptions, signal: AbortSignal): Lease {
  const {
    client,
    namespace,
    name,
    identity,
    durationMs = 10_000,
    renewMs = 2_000,
    now,
    random,
    log,
  } = options;
  const key = `${namespace}/${name}`;
  let heldUntil = Number.NEGATIVE_INFINITY;
  let acquireTime = '';
  let seen: { readonly resourceVersion: string | undefined; readonly atMs: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failing = false;

  const turn = async (): Promise<void> => {
    const begin = now();
    const before = isHeld();
    try {
      await attempt(begin);
      if (failing) log.info({ lease: key }, 'the Lease can be reached again');
      failing = false;
    } catch (error) {
      // Losing a race is how an election goes; anything else is said once.
      if (!failing && (error as { code?: string }).code !== 'conflict' && !signal.aborted) {
        failing = true;
        log.warn({ lease: key, error }, 'the Lease cannot be reached; it is tried again');
      }
    }
    if (signal.aborted) return;
    if (isHeld() && !before) {
      log.info({ lease: key, identity }, 'this replica writes now');
      options.onAcquire();
    }
    timer = setTimeout(() => void turn(), renewMs * (0.9 + random() / 5));
  };

  const attempt = async (begin: number): Promise<void> => {
    const current = await client.get(leases, key).catch((error: { code?: string }) => {
      if (error.code === 'notFound') return undefined;
      throw error;
    });
    if (current === undefined) {
      await client.create(leases, renewed(undefined));
      heldUntil = begin + durationMs;
      return;
    }
    const { resourceVersion } = current.metadata;
    if (seen?.resourceVersion !== resourceVersion) seen = { resourceVersion, atMs: begin };
    const holder = current.spec?.holderIdentity ?? '';
    const termMs = (current.spec?.leaseDurationSeconds ?? durationMs / 1000) * 1000;
    if (holder !== identity && holder !== '' && begin - (seen?.atMs ?? begin) < termMs) {
      heldUntil = Number.NEGATIVE_INFINITY;
      return;
    }
    const written = await client.replace(leases, renewed(current));
    seen = { resourceVersion: written.metadata.resourceVersion, atMs: begin };
    heldUntil = begin + durationMs;
  };

  const renewed = (current: LeaseObject | undefined): LeaseObject => {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    const ours = current?.spec?.holderIdentity === identity;
    if (!ours || acquireTime === '')
      acquireTime = current?.spec?.acquireTime && ours ? current.spec.acquireTime : renewTime;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: current?.metadata ?? { name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(durationMs / 1000),
        acquireTime,
        renewTime,
        leaseTransitions: (current?.spec?.leaseTransitions ?? 0) + (ours || current === undefined ? 0 : 1),
      },
    };
  };

  const isHeld = (): boolean => now() < heldUntil;

  void turn();
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return {
    isHeld,
    release: async () => {
      clearTimeout(timer);
      if (!isHeld()) return;
      heldUntil = Number.NEGATIVE_INFINITY;
      try {
        const current = await client.get(leases, key);
        if (current.spec?.holderIdentity !== identity) return;
        await client.replace(leases, { ...current, spec: { ...current.spec, holderIdentity: '' } });
      } catch (error) {
        log.warn(
          { lease: key, error },
          'the Lease could not be given up; the next replica waits until it ends',
        );
      }
    },
  };
}
