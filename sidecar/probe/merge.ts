/** What a replica of the sidecar says of an address. */
export interface Observation {
  /** Whether it runs on the node that has the address. */
  readonly onItsNode: boolean;
  /** `unknown`: it has never seen the address pass; `silent`: nothing was heard of the replica lately. */
  readonly says: 'up' | 'down' | 'unknown' | 'silent';
}

/** Replicas on other nodes that must agree, when so many have a word. */
const quorum = 2;

/**
 * Whether an address is down: when the replica on its own node says so; or that one has no word (none runs there, it
 * is silent, or has never seen the address pass), and two of the others, or the only other one that has a word, agree.
 * A replica on the node that sees it up overrules the others: what is between nodes is not what clients go through.
 */
export function isDown(observations: readonly Observation[]): boolean {
  const spoken = observations.filter(({ says }) => says === 'up' || says === 'down');
  const own = spoken.filter(({ onItsNode }) => onItsNode);
  if (own.length > 0) return own.some(({ says }) => says === 'down');
  const down = spoken.filter(({ says }) => says === 'down').length;
  return down > 0 && down >= Math.min(quorum, spoken.length);
}
