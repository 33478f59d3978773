import { type EndpointSlice, endpointSlices, type Service } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { Gateways } from './gateways.ts';
import type { PortAssignments } from './port-assignments.ts';
import { distinct, type RemoteEndpoint } from './remote-endpoint.ts';
import { isAsWanted, portKeys, spannedPorts, wantedSlice, withPorts } from './slices.ts';
import { consumerEndpoints, providerEndpoints, recordedEndpoints, type View } from './view.ts';

export interface ServiceSlicesOptions {
  readonly source: Pick<ApiServerSource, 'apply' | 'delete' | 'recordEvent'>;
  readonly view: View;
  readonly ports: PortAssignments;
  readonly gateways: Gateways;
  /** Ports were given or freed. */
  readonly onPorts: () => void;
  /** False until gateways had time to report after a start: slices stay as they are until then. */
  readonly mayWrite: () => boolean;
  readonly log: Logger;
}

/** Brings the slices of one Service to their wanted state. */
export function serviceSlices(options: ServiceSlicesOptions): (key: string) => Promise<void> {
  const { source, view, ports, gateways, onPorts, mayWrite, log } = options;
  const told = new Set<string>();

  return async (key) => {
    const slash = key.indexOf('/');
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)];
    const followed = view.namespaces.get(namespace);
    if (followed?.synced !== true) return;
    const service = followed.service(name);
    const endpoints = endpointsOf(namespace, name, service);
    if (ports.claim(key, endpoints.flatMap(portKeys))) onPorts();
    if (!mayWrite()) return;
    const views = gateways.views();
    const wanted = endpoints.flatMap(
      (endpoint) =>
        wantedSlice({
          service: service as Service,
          endpoint,
          portOf: (port) => ports.portOf(port),
          gateways: views,
        }) ?? [],
    );
    await write(followed.ours.of(name), wanted);
    if (service !== undefined) await tellWhatIsLeftOut(service);
  };

  function endpointsOf(
    namespace: string,
    name: string,
    service: Service | undefined,
  ): readonly RemoteEndpoint[] {
    const names = spannedPorts(service);
    if (names.size === 0) return [];
    const all = distinct([
      ...providerEndpoints(view, namespace, name),
      ...consumerEndpoints(view, namespace, name),
      ...recordedEndpoints(view, namespace, name),
    ]);
    return all.flatMap((endpoint) => withPorts(endpoint, names) ?? []);
  }

  async function write(held: readonly EndpointSlice[], wanted: readonly EndpointSlice[]): Promise<void> {
    const byName = new Map(held.map((slice) => [slice.metadata.name, slice]));
    const writes = wanted.map(async (slice) => {
      const before = byName.get(slice.metadata.name);
      byName.delete(slice.metadata.name);
      if (before === undefined || !isAsWanted(before, slice)) await source.apply(endpointSlices, slice);
    });
    const deletions = [...byName.values()].map(({ metadata: { namespace, name, uid } }) =>
      source.delete(endpointSlices, `${namespace}/${name}`, uid === undefined ? {} : { uid }),
    );
    const outcomes = await Promise.allSettled([...writes, ...deletions]);
    const failed = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed !== undefined) throw failed.reason;
  }

  async function tellWhatIsLeftOut(service: Service): Promise<void> {
    const { namespace = '', uid = '' } = service.metadata;
    const paired = [...view.links.values()].some(({ twins }) => twins.has(namespace));
    const left = (service.spec?.ports ?? []).filter(({ protocol = 'TCP' }) => protocol !== 'TCP');
    if (!paired || left.length === 0 || told.has(uid)) return;
    told.add(uid);
    const which = left.map(({ name, port }) => name ?? String(port)).join(', ');
    const message = `Only TCP ports reach endpoints in other clusters; served by pods of this cluster alone: ${which}`;
    await source
      .recordEvent({ type: 'Warning', reason: 'UDPNotSpanned', message, about: service })
      .catch((error: unknown) => log.warn({ error }, 'an event was not recorded'));
  }
}
