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
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** 0 to below 1. */
  readonly random: () => number;
  /** How long the tenant namespace stays after a peering has ended. */
  readonly keepNamespaceMs: number;
  /** A provider's API; the signal ends it. */
  readonly openRemote: (credentials: Credentials, signal: AbortSignal) => Promise<ApiServerSource>;
  /** A provider is there to be used. Called again with a new link when a peering ended and another one began. */
  readonly onLink: (link: ProviderLink) => void;
  /**
   * The peering is about to end: the node and all that runs on it are to go. Also called when the provider does not
   * answer or does not know us (`link.state()`), and again after a restart. The link ends when this resolves, at the
   * latest when the signal aborts: after 60 s, after 10 s where the provider does not answer.
   */
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
