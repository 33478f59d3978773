import type { LinkState } from '#agent/model/provider-link.ts';

/** How the provider's API server took one question for our claim. */
export type ProbeOutcome =
  | { readonly kind: 'answered' }
  /** No answer, or one that says to come back. */
  | { readonly kind: 'failed'; readonly message: string }
  /** 401 or 403: it may be restarting, or a cache may be behind. */
  | { readonly kind: 'denied'; readonly message: string }
  /** The claim, or the peering in it, is gone. */
  | { readonly kind: 'ended'; readonly message: string };

export interface ProbeHistory {
  /** Undefined until it is known for the first time. */
  readonly state: LinkState | undefined;
  /** Monotonic milliseconds: since when all fails, or is denied. */
  readonly failingSinceMs?: number;
  readonly deniedSinceMs?: number;
}

/** So long must all fail until the provider counts as unreachable. */
const unreachableAfterMs = 2000;
/** So long must it deny us until we believe it. */
const refusedAfterMs = 10_000;
const calmMs = 1000;
const anxiousMs = 250;

/**
 * The history after one more probe, which began at `atMs` and ended at `nowMs`. One success mends all. What refused us
 * and then falls silent still has refused us.
 */
export function afterProbe(
  { state, failingSinceMs, deniedSinceMs }: ProbeHistory,
  outcome: ProbeOutcome,
  atMs: number,
  nowMs: number,
): ProbeHistory {
  switch (outcome.kind) {
    case 'answered':
      return { state: state?.kind === 'connected' ? state : { kind: 'connected' } };
    case 'failed': {
      const since = failingSinceMs ?? atMs;
      const changes =
        nowMs - since >= unreachableAfterMs && (state === undefined || state.kind === 'connected');
      const { message } = outcome;
      return {
        state: changes ? { kind: 'unreachable', sinceMs: since, message } : state,
        failingSinceMs: since,
        ...(deniedSinceMs === undefined ? {} : { deniedSinceMs }),
      };
    }
    case 'denied': {
      const since = deniedSinceMs ?? atMs;
      const changes = nowMs - since >= refusedAfterMs && state?.kind !== 'refused';
      const { message } = outcome;
      return { state: changes ? { kind: 'refused', sinceMs: since, message } : state, deniedSinceMs: since };
    }
    case 'ended':
      return {
        state:
          state?.kind === 'refused' ? state : { kind: 'refused', sinceMs: atMs, message: outcome.message },
      };
  }
}

/** How long after the end of a probe the next one begins. */
export function probePauseMs({ failingSinceMs }: ProbeHistory): number {
  return failingSinceMs === undefined ? calmMs : anxiousMs;
}
