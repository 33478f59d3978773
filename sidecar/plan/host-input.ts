import type { ClusterNotes, HostView } from '#sidecar/model/cluster-view.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
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
  /** Why none is, in sentences with the remedy. */
  readonly whyNoPlaces?: string | undefined;
  readonly before: Remembered;
  /** Nearly all its clients are seen as a few networks (`client-watch.ts`). Absent: they are not, or nobody knows. */
  readonly coarseClients?: true;
  /** ms since 1970. */
  readonly nowMs: number;
}
