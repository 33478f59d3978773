import type { ActiveRecord } from '#sidecar/model/active-record.ts';
import type { ClusterNotes, HostView } from '#sidecar/model/cluster-view.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import type { Zone } from '#sidecar/model/zone.ts';

/** All that the decision about one host depends on. */
export interface HostInput {
  readonly host: HostView;
  /** This cluster has no Gslb for the host; `host` is what a peer says of its own. */
  readonly adopted?: true;
  readonly zone: Zone;
  /** This cluster's. */
  readonly geoTag: string;
  readonly peers: readonly PeerView[];
  /** By geotag. */
  readonly clusters: ReadonlyMap<string, ClusterNotes>;
  /** Undefined: none is loaded. */
  readonly places: PlaceDatabase | undefined;
  readonly before: Remembered;
  /** ms since 1970. */
  readonly nowMs: number;
}

/** What the next decision about a host needs to know of the ones before. */
export interface Remembered {
  /** Failover: the cluster that the host was with. */
  readonly active?: ActiveRecord;
  /** The addresses of the last answer that healthy clusters gave. */
  readonly lastGood?: readonly string[];
  /** `failback: after`: since when this cluster could take the host back without interruption, ms since 1970. */
  readonly readyAgainMs?: number;
  /** Failover: since when the active cluster is waited for, which has not been heard since the start, ms since 1970. */
  readonly unheardSinceMs?: number;
  /** The hold (its end) that had to be passed over once: it stays so, or two held clusters would take turns. */
  readonly releasedHoldMs?: number;
}
