import type { Delegation } from '#sidecar/model/delegation.ts';

/** The parent zone's side of the load-balanced zones, seen from one cluster. */
export interface Edge {
  /** The last known delegation of each zone, by zone name. A zone never read yet is absent. */
  delegations(): ReadonlyMap<string, Delegation>;
  /** What is desired has changed, or this replica has become the writer: look, and write where needed, now. */
  kick(): void;
  /** Takes this cluster out of every delegation, touching nothing of others. @throws EdgeError when a zone could not be left */
  leave(): Promise<void>;
}
