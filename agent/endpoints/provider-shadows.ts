import { isDeepStrictEqual } from 'node:util';
import { type ShadowEndpointSlice, shadowEndpointSlices } from '#core/api/offload/shadow-endpoint-slice.ts';
import type { Gateways } from './gateways.ts';
import { nativeEndpoints } from './native.ts';
import { wantedShadows } from './shadows.ts';
import { spannedPorts, withPorts } from './slices.ts';
import { providerEndpoints, type View } from './view.ts';

/** Brings what one provider is told of one Service (key `provider|namespace/service`) to its wanted state. */
export function providerShadows(view: View, gateways: Gateways): (key: string) => Promise<void> {
  return async (key) => {
    const [provider = '', service = ''] = key.split('|');
    const slash = service.indexOf('/');
    const [namespace, name] = [service.slice(0, slash), service.slice(slash + 1)];
    const followed = view.namespaces.get(namespace);
    const link = view.links.get(provider);
    const twin = link?.twins.get(namespace);
    if (link === undefined || twin === undefined || followed?.synced !== true || !twin.shadows.synced) return;
    // Not all is known yet: what it was told before stays.
    const others = [...view.links.values()].flatMap(({ twins }) => twins.get(namespace) ?? []);
    if (view.starting && !others.every(({ native }) => native.synced)) return;

    const names = spannedPorts(followed.service(name));
    const native = nativeEndpoints(followed.native.of(name), gateways.addresses());
    const wanted =
      names.size === 0
        ? []
        : wantedShadows({
            service: name,
            namespace: twin.remote,
            clusterID: view.clusterID,
            provider,
            native: native.flatMap((endpoint) => {
              const ports = endpoint.ports.filter((port) => names.has(port.name));
              return ports.length === 0 ? [] : [{ ...endpoint, ports }];
            }),
            remote: providerEndpoints(view, namespace, name).flatMap(
              (endpoint) => withPorts(endpoint, names) ?? [],
            ),
            linkUp: (peer) => gateways.linkUp(peer) === true,
          });
    const { remote } = link.link;
    const held = new Map(twin.shadows.of(name).map((shadow) => [shadow.metadata.name, shadow]));
    for (const shadow of wanted) {
      const before = held.get(shadow.metadata.name);
      held.delete(shadow.metadata.name);
      if (before === undefined || !says(before, shadow)) await remote.apply(shadowEndpointSlices, shadow);
    }
    for (const { metadata } of held.values()) {
      await remote.delete(
        shadowEndpointSlices,
        `${twin.remote}/${metadata.name}`,
        metadata.uid === undefined ? {} : { uid: metadata.uid },
      );
    }
  };
}

function says(held: ShadowEndpointSlice, wanted: ShadowEndpointSlice): boolean {
  const holdsLabels = Object.entries(wanted.metadata.labels ?? {}).every(
    ([label, value]) => held.metadata.labels?.[label] === value,
  );
  return holdsLabels && isDeepStrictEqual(held.spec, wanted.spec);
}
