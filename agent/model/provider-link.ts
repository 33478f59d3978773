import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Credentials } from '#core/source/api-server/access.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/** What a provider grants. */
export type Grant = NonNullable<NonNullable<PeeringClaim['status']>['grant']>;

export type LinkState =
  | { readonly kind: 'connected' }
  /** The provider's API server does not answer; `message` names address and port. */
  | { readonly kind: 'unreachable'; readonly sinceMs: number; readonly message: string }
  /** It answers, and does not know us any longer. */
  | { readonly kind: 'refused'; readonly sinceMs: number; readonly message: string };

/** A provider that this cluster consumes, from the moment that its claim is accepted until the peering ends. */
export interface ProviderLink {
  /** Id of the provider. */
  readonly clusterID: string;
  /** `liqo-<clusterID>`: name of Node and VirtualNode. */
  readonly nodeName: string;
  /** `liqo-tenant-<clusterID>`, in this cluster. */
  readonly tenantNamespace: string;
  /** The provider's namespace with our claim. */
  readonly remoteTenantNamespace: string;
  /** The provider's API as our tenant account; tokens are renewed beneath it. */
  readonly remote: ApiServerSource;
  /** The same, for connections that are not requests (exec, logs). */
  readonly credentials: Credentials;
  readonly grant: () => Grant;
  readonly state: () => LinkState;
  /** Calls back after each change of grant or state, until the signal aborts. */
  readonly onChange: (listener: () => void, signal: AbortSignal) => void;
  /** Aborts when the peering ends, or this replica is no longer the one that acts. */
  readonly signal: AbortSignal;
}

/** A namespace of this cluster and its twin at one provider; the twin exists. */
export interface NamespacePair {
  readonly local: string;
  readonly remote: string;
}

/** A twin namespace that this cluster, as provider, made for a consumer. */
export interface TwinNamespace {
  /** Its name here. */
  readonly namespace: string;
  /** Id of the consumer. */
  readonly consumer: string;
  /** Namespace of the Tenant. */
  readonly tenantNamespace: string;
}
