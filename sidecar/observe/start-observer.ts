import { type Gslb, gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import {
  type EndpointSlice,
  endpointSlices,
  type Ingress,
  ingresses,
  type KubeObject,
  nodes,
  pods,
  type Service,
  services,
} from '#core/api/kubernetes.ts';
import { type ZoneDelegation, zoneDelegations } from '#core/api/zone-delegation/schema.ts';
import type { Source, WatchOptions } from '#core/source/source.ts';
import type { ClusterView, GslbReference } from '#sidecar/model/cluster-view.ts';
import { servingNodes } from './addresses.ts';
import { Ledger } from './ledger.ts';
import { trimEndpointSlice, trimNode, trimPod, trimService } from './trim.ts';
import { readZones } from './zones.ts';

export interface ObserverOptions {
  readonly source: Source;
  readonly geoTag: string;
  /** Pods of the ingress controller on the host network. */
  readonly ingressSelector: string;
  /** Pods of this sidecar. */
  readonly sidecarSelector: string;
  readonly legacyApi: boolean;
  readonly ingressGslbGroup: GslbReference['group'];
  /** Which addresses of the nodes that run the sidecar go into glue, or the addresses themselves. */
  readonly dnsAddresses: 'internal' | 'external' | readonly string[];
  /** Called once per turn of the event loop in which something changed, not before everything was listed once. */
  readonly onChange: (change: ClusterChange) => void;
}

/** What moved since the last call. */
export interface ClusterChange {
  readonly view: ClusterView;
  /** Hosts to plan again: changed, new or gone. */
  readonly hosts: ReadonlySet<string>;
  /** Keys of Gslbs whose view changed or that are gone: `group/namespace/name`. */
  readonly gslbs: ReadonlySet<string>;
  readonly zones: boolean;
  readonly dnsAddresses: boolean;
}

export interface Observer {
  view(): ClusterView;
  /** Resolves when every watch was listed once. */
  readonly synced: Promise<void>;
  /** A Gslb object as it was last seen; undefined while there is none. */
  gslb(key: string): Gslb | undefined;
  /** The annotated Ingress that wants the Gslb of this key. */
  annotatedIngress(key: string): Ingress | undefined;
  /** The Ingress of a namespace and name. */
  ingress(key: string): Ingress | undefined;
  /** Geotags of the fleet, for remarks about primaries that nobody is called; undefined: not known. */
  setGeoTags(geoTags: ReadonlySet<string> | undefined): void;
}

/** Watches what this cluster serves and keeps its {@link ClusterView}. Nothing is delayed but to the end of the turn. */
export function startObserver(options: ObserverOptions, signal: AbortSignal): Observer {
  const { source, geoTag } = options;
  const ledger = new Ledger(geoTag, options.ingressGslbGroup);
  let scheduled = false;
  let listed = false;

  const schedule = (): void => {
    if (scheduled || !listed || signal.aborted) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      const change = ledger.settle();
      if (change !== undefined) options.onChange(change);
    });
  };
  const watch = <T extends KubeObject>(wanted: WatchOptions<T>) =>
    source.watch(
      {
        ...wanted,
        onChange: (change) => {
          wanted.onChange(change);
          schedule();
        },
      },
      signal,
    );
  const gone = <T extends KubeObject>(change: { type: string; object: T }): T | undefined =>
    change.type === 'deleted' ? undefined : change.object;

  const watches = [
    watch<Gslb>({ resource: gslbs, onChange: (c) => ledger.setGslb('k8gb.io', c.object, gone(c)) }),
    watch<Ingress>({ resource: ingresses, onChange: (c) => ledger.setIngress(c.object, gone(c)) }),
    watch<Service>({
      resource: services,
      trim: trimService,
      onChange: (c) => ledger.setService(c.object, gone(c)),
    }),
    watch<EndpointSlice>({
      resource: endpointSlices,
      trim: trimEndpointSlice,
      onChange: (c) => ledger.setSlice(c.object, gone(c)),
    }),
  ];
  if (options.legacyApi)
    watches.push(
      watch<Gslb>({
        resource: legacyGslbs,
        onChange: (c) => ledger.setGslb('k8gb.absa.oss', c.object, gone(c)),
      }),
    );
  const zones = watch<ZoneDelegation>({
    resource: zoneDelegations,
    onChange: () => ledger.setZones(readZones(zones.list())),
  });

  const nodeList = watch({ resource: nodes, trim: trimNode, onChange: () => nodesMoved() });
  const ingressPods = watch({
    resource: pods,
    labelSelector: options.ingressSelector,
    trim: trimPod,
    onChange: () => nodesMoved(),
  });
  const sidecarPods = watch({
    resource: pods,
    labelSelector: options.sidecarSelector,
    trim: trimPod,
    onChange: () => nodesMoved(),
  });
  const nodesMoved = (): void => {
    ledger.setIngressNodes(servingNodes(ingressPods.list(), nodeList.list()));
    const wanted = options.dnsAddresses;
    if (typeof wanted !== 'string') return;
    const kind = wanted === 'internal' ? 'InternalIP' : 'ExternalIP';
    ledger.setDnsAddresses(servingNodes(sidecarPods.list(), nodeList.list(), kind).addresses);
  };
  if (typeof options.dnsAddresses !== 'string') ledger.setDnsAddresses([...options.dnsAddresses].sort());

  const synced = Promise.all(
    [...watches, zones, nodeList, ingressPods, sidecarPods].map((w) => w.synced),
  ).then(() => {
    listed = true;
    schedule();
  });
  return {
    synced,
    view: () => ledger.view(),
    gslb: (key) => ledger.gslb(key),
    annotatedIngress: (key) => ledger.annotatedIngress(key),
    ingress: (key) => ledger.ingress(key),
    setGeoTags: (geoTags) => {
      ledger.setGeoTags(geoTags);
      schedule();
    },
  };
}
