/**
 * What another cluster last said of itself.
 * `unknown`: never answered; `answering`: its last answer is fresh; `refusing`: alive, but answers errors
 * (its last state is kept); `silent`: no answer for so long that its addresses are withdrawn.
 */
export type PeerState = 'unknown' | 'answering' | 'refusing' | 'silent';

/** One member of the fleet, seen from here. */
export interface PeerView {
  readonly geoTag: string;
  readonly state: PeerState;
  /** Healthy addresses by host (its `localtargets-` answers); sorted, distinct. Empty lists are left out. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
}
