import { names } from '#agent/model/names.ts';
import { type Tenant, tenants } from '#core/api/offload/tenant.ts';
import type { Source } from '#core/source/source.ts';

/** The Tenant of one tenant namespace. */
export interface TenantWatch {
  readonly get: () => Tenant | undefined;
  readonly synced: () => boolean;
  end(): void;
}

/** Watches it, until `end` or the signal; `onPolicy` is called when its spec changes, not for its status. */
export function watchTenant(
  source: Source,
  namespace: string,
  onPolicy: () => void,
  signal: AbortSignal,
): TenantWatch {
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  let synced = false;
  let policy = '';
  const look = (): void => {
    const before = policy;
    const tenant = watch.get(`${namespace}/${names.peering}`);
    policy = tenant === undefined ? '' : JSON.stringify(tenant.spec ?? {});
    if (synced && policy !== before && !until.aborted) onPolicy();
  };
  const watch = source.watch<Tenant>(
    {
      resource: tenants,
      namespace,
      onChange: () => {
        if (synced) look();
      },
    },
    until,
  );
  watch.synced.then(
    () => {
      synced = true;
      look();
      if (policy === '' && !until.aborted) onPolicy();
    },
    // Rejects only when it has been ended.
    () => undefined,
  );
  return {
    get: () => watch.get(`${namespace}/${names.peering}`),
    synced: () => synced,
    end: () => ending.abort(),
  };
}
