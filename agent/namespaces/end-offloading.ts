import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';
import type { Twin } from './offloading-status.ts';

/** A provider that may still have a twin of a namespace whose offload ends. */
export interface EndingPeer {
  readonly clusterID: string;
  /** What it last said of the twin. */
  readonly twin: Twin | undefined;
  /** Whether it is still asked for the twin: the map there has not been written yet. */
  readonly asked: boolean;
  /** Why it cannot be asked; undefined while it answers. */
  readonly away: string | undefined;
  /** Whether other rooms still have the pair: they have not begun to take back what is theirs. */
  readonly given: boolean;
}

/** An offload that ends waits no longer than this for its providers. */
export const longestEndMs = 20_000;

export type Ending =
  | { readonly kind: 'wait'; readonly afterMs: number }
  /** It may go; `left` says, a sentence per provider, where a twin remains. */
  | { readonly kind: 'end'; readonly left: readonly string[] };

/**
 * Whether an offload has ended: its pairs are taken back and every provider that answers has confirmed, or time is up.
 * One that is away gets the map without the namespace when it is back; one that keeps the twin because of what else is
 * in it has said so.
 * @param sinceMs when this agent began: what ended while none ran has its time all the same
 */
export function ending(
  offloading: NamespaceOffloading,
  peers: readonly EndingPeer[],
  wallMs: number,
  sinceMs = 0,
): Ending {
  const remainingMs = leftMs(offloading, wallMs, sinceMs);
  const remaining = peers.filter(({ twin, asked }) => asked || (twin !== undefined && !isGoing(twin)));
  const waited = remaining.filter(({ twin, away }) => away === undefined && twin?.reason !== kept);
  const given = peers.some((peer) => peer.given);
  if ((waited.length > 0 || given) && remainingMs > 0) {
    return { kind: 'wait', afterMs: remainingMs };
  }
  return { kind: 'end', left: remaining.map(leftAt) };
}

/** Milliseconds until time is up for an offload that ends; 0 then. */
export function leftMs({ metadata }: NamespaceOffloading, wallMs: number, sinceMs = 0): number {
  const beganMs = Math.max(Date.parse(metadata.deletionTimestamp ?? ''), sinceMs);
  return Math.max(beganMs + longestEndMs - wallMs, 0);
}

/**
 * The provider has emptied the twin and deleted it. Kubernetes takes 5 s more until the name is free, whatever is in it
 * (namespaceDeletionGracePeriod of its namespace controller); who offloads again before that is told to wait.
 */
const isGoing = ({ phase, reason }: Twin): boolean => phase === 'Terminating' && reason !== kept;

/** A provider's word that a twin holds objects of others, and stays. */
const kept = 'ForeignObjectsLeft';

function leftAt({ clusterID, twin, away }: EndingPeer): string {
  const name = twin?.remoteNamespace === undefined ? 'a twin' : `namespace "${twin.remoteNamespace}"`;
  if (away !== undefined)
    return `${name} at cluster "${clusterID}" is ended when that answers again: ${away}`;
  return `${name} remains at cluster "${clusterID}": ${twin?.message ?? 'it has not confirmed the end'}`;
}
