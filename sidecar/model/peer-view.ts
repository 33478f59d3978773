import type { ActiveRecord } from './active-record.ts';
import type { Override } from './override.ts';
import type { HostPolicy } from './policy.ts';
import type { Strategy } from './strategy.ts';

/**
 * What another cluster last said of itself.
 * `unknown`: never answered; `answering`: its last answer is fresh; `refusing`: alive, but answers errors
 * (its last state is kept); `silent`: no answer for so long that its addresses are withdrawn.
 */
export type PeerState = 'unknown' | 'answering' | 'refusing' | 'silent';

/** What a peer says of a host beyond its addresses: only what the fleet's own exchange carries, not `localtargets-`. */
export interface PeerRecord {
  /** The Gslb there. */
  readonly namespace: string;
  readonly name: string;
  readonly zone: string;
  readonly createdAtMs: number;
  readonly strategy: Strategy;
  readonly ttlSeconds: number;
  readonly policy?: HostPolicy;
  readonly active?: ActiveRecord;
  /** Its endpoints all run in another cluster. */
  readonly remoteOnly?: true;
}

/** One member of the fleet, seen from here. */
export interface PeerView {
  readonly geoTag: string;
  readonly state: PeerState;
  /** Healthy addresses by host (its `localtargets-` answers); sorted, distinct. Empty lists are left out. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** By host. Absent: the peer only speaks `localtargets-`. */
  readonly records?: ReadonlyMap<string, PeerRecord>;
  /** What the peer says is wanted of itself. */
  readonly override?: Override;
}
