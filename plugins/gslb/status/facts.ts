import type { HostList } from '#core/admin/schema.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';

/** What was gathered from one cluster, before anything is concluded from it. */
export interface ClusterFacts {
  readonly context: string;
  readonly gslbs: readonly FoundGslb[];
  /** Groups whose CRD the cluster has not. */
  readonly missingGroups: readonly string[];
  /** Why Gslbs of a group that is there are not among them, a sentence each. */
  readonly unread: readonly string[];
  readonly sidecar: SidecarFacts;
}

export interface FoundGslb {
  readonly group: 'k8gb.io' | 'k8gb.absa.oss';
  readonly object: Gslb;
}

/** What a running sidecar of the cluster says; `notAsked` when there is no Gslb to ask about. */
export type SidecarFacts =
  | { readonly kind: 'reached'; readonly hosts: HostList }
  | { readonly kind: 'unreached'; readonly why: string; readonly hint: string | undefined }
  | { readonly kind: 'notAsked' };
