import type { Grant, LinkState } from '#agent/model/provider-link.ts';
import type { NodeCondition, NodeObject } from './node-object.ts';

export interface NodeStatusInput {
  readonly nodeName: string;
  readonly clusterID: string;
  readonly grant: Grant;
  readonly state: LinkState;
  /** Where `kubectl logs` and the like are answered; undefined until it listens. */
  readonly kubelet: { readonly address: string; readonly port: number } | undefined;
  /** Whether streams reach the provider's pods; undefined when not known. */
  readonly networkUp: boolean | undefined;
}

export type NodeStatus = NonNullable<NodeObject['status']>;

/**
 * What a virtual node shows, without times. Capacity is what the provider grants. Fields of nodeInfo that it does not
 * tell are empty: the API demands them. Pressure on its machines is not known, and said so.
 */
export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { nodeName, grant, kubelet } = input;
  const resources = Object.fromEntries(
    Object.entries(grant.resources).map(([name, amount]) => [name, String(amount)]),
  );
  const internal = kubelet === undefined ? [] : [{ type: 'InternalIP', address: kubelet.address }];
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [...internal, { type: 'Hostname', address: nodeName }],
    ...(kubelet === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } } }),
    nodeInfo: {
      architecture: grant.architecture,
      bootID: '',
      containerRuntimeVersion: '',
      kernelVersion: '',
      kubeProxyVersion: '',
      kubeletVersion: grant.kubeletVersion,
      machineID: '',
      operatingSystem: 'linux',
      osImage: '',
      systemUUID: '',
    },
    conditions: conditions(input),
  };
}

function conditions({ clusterID, state, networkUp }: NodeStatusInput): readonly NodeCondition[] {
  const unknown = (type: string): NodeCondition => ({
    type,
    status: 'False',
    reason: 'NotObserved',
    message: `cluster "${clusterID}" does not tell`,
  });
  return [
    ready(clusterID, state),
    unknown('MemoryPressure'),
    unknown('DiskPressure'),
    unknown('PIDPressure'),
    ...(networkUp === undefined ? [] : [network(clusterID, networkUp)]),
  ];
}

function ready(clusterID: string, state: LinkState): NodeCondition {
  switch (state.kind) {
    case 'connected':
      return {
        type: 'Ready',
        status: 'True',
        reason: 'KubeletReady',
        message: `cluster "${clusterID}" answers`,
      };
    case 'unreachable':
      return { type: 'Ready', status: 'False', reason: 'ProviderUnreachable', message: state.message };
    case 'refused':
      return { type: 'Ready', status: 'False', reason: 'ProviderRefused', message: state.message };
  }
}

function network(clusterID: string, up: boolean): NodeCondition {
  return up
    ? {
        type: 'NetworkUnavailable',
        status: 'False',
        reason: 'GatewayConnected',
        message: `gateways have a connection to cluster "${clusterID}"`,
      }
    : {
        type: 'NetworkUnavailable',
        status: 'True',
        reason: 'GatewayDisconnected',
        message: `no gateway has a connection to cluster "${clusterID}": Services do not reach its pods`,
      };
}

/** The same with times: a condition's transition is that of the one found, unless its status changed. */
export function withTimes(status: NodeStatus, found: readonly NodeCondition[], now: string): NodeStatus {
  const timed = (status.conditions ?? []).map((condition) => {
    const before = found.find(({ type }) => type === condition.type);
    const same = before?.status === condition.status && before.lastTransitionTime !== undefined;
    return {
      ...condition,
      lastHeartbeatTime: now,
      lastTransitionTime: same ? (before.lastTransitionTime as string) : now,
    };
  });
  return { ...status, conditions: timed };
}

/** Whether every condition stands on the node as wanted: the node controller sets Ready to Unknown when a lease ends. */
export function conditionsStand(wanted: NodeStatus, found: readonly NodeCondition[]): boolean {
  return (wanted.conditions ?? []).every(({ type, status, reason, message }) =>
    found.some(
      (other) =>
        other.type === type &&
        other.status === status &&
        other.reason === reason &&
        other.message === message,
    ),
  );
}
