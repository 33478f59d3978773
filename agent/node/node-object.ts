import { type KubeObject, nodes, type Resource } from '#core/api/kubernetes.ts';

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
  readonly timeAdded?: string;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastHeartbeatTime?: string;
  readonly lastTransitionTime?: string;
}

/** A Node with the fields that a virtual kubelet writes. */
export interface NodeObject extends KubeObject {
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
  readonly status?: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint: { readonly Port: number } };
    readonly nodeInfo?: Readonly<Record<string, string>>;
    readonly conditions?: readonly NodeCondition[];
  };
}

/** The core kind, with more of its fields. */
export const nodeObjects: Resource<NodeObject> = {
  group: nodes.group,
  version: nodes.version,
  kind: nodes.kind,
  plural: nodes.plural,
  namespaced: false,
};
