import type { ProviderLink } from '#agent/model/provider-link.ts';
import type { Credentials } from '#core/source/api-server/access.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { OutgoingFacts } from './foreign-cluster-status.ts';
import type { Identity } from './identity.ts';

/** What the peering with one provider stands on. */
export interface OutgoingContext {
  readonly source: ApiServerSource;
  readonly identity: Identity;
  /** Of the agent. */
  readonly namespace: string;
  readonly log: Logger;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly random: () => number;
  /** How long the tenant namespace stays after a peering has ended. */
  readonly keepNamespaceMs: number;
  readonly openRemote: (credentials: Credentials, signal: AbortSignal) => Promise<ApiServerSource>;
  readonly onLink: (link: ProviderLink) => void;
  readonly onLeave: (link: ProviderLink, signal: AbortSignal) => Promise<void>;
  /** Something changed that no watch tells of. */
  readonly again: () => void;
  /** To be recorded on the ForeignCluster. */
  readonly event: (type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** Removes the wish from the ForeignCluster: it is on record elsewhere now. */
  readonly clearWish: () => Promise<void>;
}

/** What one step found. No facts: nothing is left of a peering with this provider. */
export interface Step {
  readonly facts: OutgoingFacts | undefined;
  readonly requeueAfterMs?: number;
}
