/** What is said of a pod: a stable CamelCase reason for its condition, status or event, and a sentence with the remedy. */
export interface Said {
  readonly reason: PodReason;
  readonly message: string;
}

export type PodReason = keyof typeof catalogue;

/** What the sentences are about. */
export interface PodFacts {
  /** Id of the provider. */
  readonly provider: string;
  /** The virtual node. */
  readonly node: string;
  readonly namespace: string;
  /** What somebody else said of it. */
  readonly detail?: string;
}

/** The sentence of that reason. */
export function podSaid(reason: PodReason, facts: PodFacts): Said {
  return { reason, message: catalogue[reason](facts) };
}

const catalogue = {
  NotOffloaded: ({ node, namespace }) =>
    `the pod is bound to virtual node ${node}, and namespace ${namespace} is not offloaded; offload it (kubectl offload namespace ${namespace}), or keep the pod off nodes of type virtual-node`,
  OffloadingAborted: ({ provider, namespace }) =>
    `namespace ${namespace} is not offloaded to ${provider} any longer; what made the pod makes another`,
  NotRunHere: ({ provider, node }) =>
    `pods of DaemonSets are not sent to ${provider}; on virtual node ${node} they count as running`,
  RefusedByProvider: ({ provider, detail = 'no reason given' }) =>
    `the API server of provider ${provider} refused the pod: ${detail}`,
  RemotePodMissing: ({ provider }) =>
    `the pod is not there at provider ${provider} at the moment; it is made again`,
  Offloaded: ({ provider, detail = '' }) => `runs at provider ${provider} as ${detail}`,
  ProviderLost: ({ provider }) =>
    `provider ${provider} cannot be reached: the pod is removed here, and there as soon as it returns`,
} as const satisfies Record<string, (facts: PodFacts) => string>;
