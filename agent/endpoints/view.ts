import { labels } from '#agent/model/names.ts';
import type { Grant, NamespacePair, ProviderLink, TwinNamespace } from '#agent/model/provider-link.ts';
import type { FollowedNamespace } from './followed-namespace.ts';
import type { FollowedTwin } from './followed-twin.ts';
import { endpointsAtProvider, nativeEndpoints } from './native.ts';
import type { NativeEndpoint, RemoteEndpoint } from './remote-endpoint.ts';
import { endpointsOfShadows } from './shadows.ts';
import { sliceRecord } from './slices.ts';
import type { TablePeer } from './table.ts';

/** A provider with what is followed there, by local namespace. */
export interface FollowedLink {
  readonly link: ProviderLink;
  readonly twins: Map<string, FollowedTwin>;
  /** Ends what belongs to this link alone. */
  readonly stop: () => void;
}

/** All that this room follows; whoever follows changes it. */
export interface View {
  readonly clusterID: string;
  readonly links: Map<string, FollowedLink>;
  readonly namespaces: Map<string, FollowedNamespace>;
  /** By namespace. */
  twins: ReadonlyMap<string, TwinNamespace>;
  consumers: Readonly<Record<string, { readonly gatewayFingerprint: string }>>;
  /** Peers that have left. */
  readonly gone: Set<string>;
  /** The first while after a start: who is not known yet may still be. */
  starting: boolean;
}

/** Endpoints of a Service at all providers. */
export function providerEndpoints(view: View, namespace: string, service: string): readonly RemoteEndpoint[] {
  return [...view.links.values()].flatMap(({ link, twins }) =>
    endpointsAtProvider(link.clusterID, twins.get(namespace)?.native.of(service) ?? []),
  );
}

/**
 * Endpoints of a Service that the consumer whose twin this namespace is tells of: of its own Services alone, lest it
 * take the traffic of one that the provider's people made in the namespace.
 */
export function consumerEndpoints(view: View, namespace: string, service: string): readonly RemoteEndpoint[] {
  const followed = view.namespaces.get(namespace);
  const twin = view.twins.get(namespace);
  if (twin === undefined || followed === undefined) return [];
  if (followed.service(service)?.metadata.labels?.[labels.origin] !== twin.consumer) return [];
  return endpointsOfShadows(twin.consumer, view.clusterID, followed.shadows.of(service));
}

/**
 * What slices of ours record of peers that cannot be asked yet: after a restart with a provider away, its endpoints
 * are what they were.
 */
export function recordedEndpoints(view: View, namespace: string, service: string): readonly RemoteEndpoint[] {
  const slices = view.namespaces.get(namespace)?.ours.of(service) ?? [];
  return slices.flatMap((slice) => {
    const endpoint = sliceRecord(slice)?.endpoint;
    return endpoint === undefined || isKnown(view, namespace, endpoint.peer) ? [] : [endpoint];
  });
}

function isKnown(view: View, namespace: string, peer: string): boolean {
  const link = view.links.get(peer);
  if (link !== undefined) return link.twins.get(namespace)?.native.synced ?? true;
  if (view.twins.get(namespace)?.consumer === peer) return true;
  return !view.starting || view.gone.has(peer);
}

/** Pods here that peers may reach, in one namespace. */
function exported(view: View, namespace: string, gateways: ReadonlySet<string>): readonly NativeEndpoint[] {
  return nativeEndpoints(view.namespaces.get(namespace)?.native.all() ?? [], gateways);
}

/** Pods of other providers that a provider may reach through us, in one namespace. */
function relayedTo(view: View, provider: string, namespace: string): readonly RemoteEndpoint[] {
  return [...view.links.values()]
    .filter(({ link }) => link.clusterID !== provider)
    .flatMap(({ link, twins }) =>
      endpointsAtProvider(link.clusterID, twins.get(namespace)?.native.all() ?? []),
    );
}

/** Every peer with what it may reach. One that is provider and consumer at once may reach both. */
export function tablePeers(view: View, gateways: ReadonlySet<string>): readonly TablePeer[] {
  const ids = new Set([...view.links.keys(), ...Object.keys(view.consumers)]);
  return [...ids].flatMap((id) => {
    const followed = view.links.get(id);
    const grant: Grant | undefined = followed?.link.grant();
    const fingerprint = grant?.gatewayFingerprint ?? view.consumers[id]?.gatewayFingerprint;
    if (fingerprint === undefined) return [];
    const local = [...(followed?.twins.keys() ?? [])];
    const asProvider = [...view.twins.values()].filter(({ consumer }) => consumer === id);
    const namespaces = new Set([...local, ...asProvider.map(({ namespace }) => namespace)]);
    return [
      {
        id,
        fingerprint,
        dial: grant?.gatewayAddresses ?? [],
        native: [...namespaces].flatMap((namespace) => exported(view, namespace, gateways)),
        relayed: local.flatMap((namespace) => relayedTo(view, id, namespace)),
      },
    ];
  });
}

/** Pairs by local namespace. */
export function byLocal(pairs: readonly NamespacePair[]): ReadonlyMap<string, NamespacePair> {
  return new Map(pairs.map((pair) => [pair.local, pair]));
}
