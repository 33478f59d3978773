import { names } from '#agent/model/names.ts';
import { type KubeObject, nodes, type Resource, services } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import {
  type DescribedNode,
  describeNodes,
  type GatewayService,
  nodePortAddresses,
} from './describe-cluster.ts';
import { canonical } from './same.ts';

/** What this cluster has to offer to any consumer. */
export interface LocalGrant {
  /** Quantities by resource; Tenants may say otherwise. */
  readonly resources?: Readonly<Record<string, string>>;
  /** Of the real nodes the lowest; `''` while none is known. */
  readonly kubeletVersion: string;
  /** Of the real nodes the most frequent; `''` while none is known. */
  readonly architecture: string;
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** SHA-256 of the gateway's public key (SPKI), base64url without padding. */
  readonly gatewayFingerprint: string;
  /** HOST:PORT, each of which reaches the gateway. */
  readonly gatewayAddresses: readonly string[];
}

export interface LocalGrantOptions {
  readonly source: Pick<ApiServerSource, 'watch'>;
  /** The agent's, where the gateway's Service is. Default offload-system. */
  readonly namespace?: string;
  readonly clusterLabels: Readonly<Record<string, string>>;
  readonly gateway: {
    readonly fingerprint: string;
    /** What people say; where that is empty, NodePort and InternalIPs. */
    readonly addresses: () => readonly string[];
  };
  /** After every difference in what the returned function says. */
  readonly onChange: () => void;
}

const gatewayServices = services as Resource<KubeObject> as Resource<GatewayService>;
const describedNodes: Resource<DescribedNode> = nodes;

/** Watches Nodes and the gateway's Service until the signal aborts. The result says what is granted now. */
export function startLocalGrant(options: LocalGrantOptions, signal: AbortSignal): () => LocalGrant {
  const { source, namespace = 'offload-system', clusterLabels, gateway, onChange } = options;
  let said = '';
  const grant = (): LocalGrant => {
    const override = gateway.addresses();
    return {
      ...describeNodes(watchedNodes.list()),
      nodeLabels: clusterLabels,
      gatewayFingerprint: gateway.fingerprint,
      gatewayAddresses:
        override.length > 0
          ? override
          : nodePortAddresses(watchedNodes.list(), watchedServices.get(`${namespace}/${names.gateway}`)),
    };
  };
  const changed = (): void => {
    const now = canonical(grant());
    if (now === said) return;
    said = now;
    onChange();
  };
  const watchedNodes = source.watch(
    { resource: describedNodes, trim: trimNode, onChange: () => queueMicrotask(changed) },
    signal,
  );
  const watchedServices = source.watch(
    {
      resource: gatewayServices,
      namespace,
      fieldSelector: `metadata.name=${names.gateway}`,
      onChange: () => queueMicrotask(changed),
    },
    signal,
  );
  for (const { synced } of [watchedNodes, watchedServices]) synced.catch(() => undefined);
  return grant;
}

/** Nodes report images and more every minute. */
function trimNode({ apiVersion, kind, metadata, status }: DescribedNode): DescribedNode {
  const { name, uid, resourceVersion, labels } = metadata;
  const { addresses, conditions, nodeInfo } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(labels === undefined ? {} : { labels }),
    },
    status: {
      ...(addresses === undefined ? {} : { addresses }),
      conditions: conditions?.filter(({ type }) => type === 'Ready') ?? [],
      ...(nodeInfo === undefined ? {} : { nodeInfo }),
    },
  };
}
