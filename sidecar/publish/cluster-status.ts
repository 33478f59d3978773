import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { Override } from '#sidecar/model/override.ts';
import type { PeerState } from '#sidecar/model/peer-view.ts';
import { conditions, type Verdict } from './conditions.ts';
import { overrideInForce, overrideText } from './override-in-force.ts';

type Status = NonNullable<GslbCluster['status']>;

/** A status to write: an override that ended is null, as only what is named is changed by a patch. */
export type ClusterStatus = Omit<Status, 'override'> & { readonly override?: Status['override'] | null };

/** What a GslbCluster's status is made from. */
export interface ClusterStatusInput {
  readonly name: string;
  readonly generation: number;
  /** Undefined: no member of the fleet is called so. */
  readonly state: 'own' | PeerState | undefined;
  /** Hosts with healthy addresses there. */
  readonly hosts: number;
  readonly override: Override | undefined;
  readonly previous: ClusterStatus | undefined;
  /** RFC 3339, for conditions that turn now. */
  readonly now: string;
}

/** The status of a GslbCluster: how this cluster sees that one. */
export function clusterStatus(input: ClusterStatusInput): ClusterStatus {
  const { generation, state = 'unknown', hosts, override, previous, now } = input;
  return {
    state: states[state],
    hosts,
    ...(override !== undefined
      ? { override: overrideInForce(override) }
      : previous?.override != null && { override: null }),
    observedGeneration: generation,
    conditions: conditions(previous?.conditions, [ready(input), drained(override)], generation, now),
  };
}

const states = {
  own: 'Own',
  answering: 'Answering',
  refusing: 'Refusing',
  silent: 'Silent',
  unknown: 'Unknown',
} as const;

function ready({ name, state }: ClusterStatusInput): Verdict {
  const verdict = (status: Verdict['status'], reason: string, message: string): Verdict => ({
    type: 'Ready',
    status,
    reason,
    message,
  });
  switch (state) {
    case 'own':
      return verdict('True', 'Own', 'this cluster itself');
    case 'answering':
      return verdict('True', 'Answering', 'its last word is fresh');
    case 'refusing':
      return verdict(
        'False',
        'Refusing',
        'it is alive, but answers errors: its last word is kept; look at the log of its sidecar, at keys and clocks',
      );
    case 'silent':
      return verdict(
        'False',
        'Silent',
        'no word of it for so long that its addresses are withdrawn; look whether its name servers can be reached on port 53',
      );
    case 'unknown':
      return verdict('Unknown', 'NotHeard', 'it has never answered since this sidecar started');
    case undefined:
      return verdict(
        'Unknown',
        'NotAMember',
        `no cluster of the fleet is called ${name}; delete this object, or correct its name to the geotag of the cluster`,
      );
  }
}

function drained(override: Override | undefined): Verdict {
  const type = 'Drained';
  if (override === undefined)
    return { type, status: 'False', reason: 'NoOverride', message: 'it takes clients' };
  return { type, status: 'True', reason: 'Override', message: overrideText(override) };
}
