import { isDeepStrictEqual } from 'node:util';
import { annotations } from '#core/api/gslb/annotations.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { EndpointSlice, Ingress, KubeObject, Service } from '#core/api/kubernetes.ts';
import type {
  ClusterView,
  GslbReference,
  GslbView,
  HostView,
  ServiceHealth,
} from '#sidecar/model/cluster-view.ts';
import type { ServingNodes } from './addresses.ts';
import type { Checks } from './checks.ts';
import { NameIndex } from './name-index.ts';
import { gslbKey, hostOwner } from './ownership.ts';
import { type Claim, claim, resolve } from './resolve.ts';
import { readyEndpoint } from './service-health.ts';
import { serviceNameLabel } from './trim.ts';
import { type RefusedWish, readGslb, readIngress, type Wish } from './wish.ts';
import type { ReadZones } from './zones.ts';

/** What settling brought; shape of the observer's change. */
interface Settled {
  readonly view: ClusterView;
  readonly hosts: ReadonlySet<string>;
  readonly gslbs: ReadonlySet<string>;
  readonly zones: boolean;
  readonly dnsAddresses: boolean;
}

const objectKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

/**
 * All objects that the cluster's view is made of, with the indexes by which one changed object reaches only the Gslbs
 * and hosts that it touches. Setters note what is stale; {@link Ledger.settle} works it off.
 */
export class Ledger {
  readonly #ingressGslbGroup: GslbReference['group'];
  readonly #gslbs = new Map<string, Gslb>();
  readonly #ingresses = new Map<string, Ingress>();
  readonly #services = new Set<string>();
  /** Readiness of each slice, by Service. */
  readonly #slices = new Map<string, Map<string, ReturnType<typeof readyEndpoint>>>();
  readonly #claims = new Map<string, Claim>();
  readonly #ingressesOfNamespace = new NameIndex();
  /** Those that name the Ingress, or embed it. */
  readonly #gslbsOfIngress = new NameIndex();
  /** Those that select an Ingress of the namespace by labels. */
  readonly #gslbsSelectingIn = new NameIndex();
  readonly #gslbsOfService = new NameIndex();
  readonly #gslbsOfHost = new NameIndex();
  #zones: ReadZones = { zones: [], refused: new Map() };
  #ingressNodes: ServingNodes = { observed: false, addresses: [], notServing: new Set() };
  #geoTags: ReadonlySet<string> | undefined;

  readonly #views = new Map<string, GslbView>();
  readonly #hosts = new Map<string, HostView>();
  #view: ClusterView;

  /** Gslbs that moved, or whose Ingress did. */
  readonly #staleClaims = new Set<string>();
  /** Gslbs whose surroundings moved. */
  readonly #staleViews = new Set<string>();
  #zonesMoved = false;
  #dnsAddressesMoved = false;
  readonly #checks: Checks;

  constructor(geoTag: string, ingressGslbGroup: GslbReference['group'], checks: Checks) {
    this.#checks = checks;
    this.#ingressGslbGroup = ingressGslbGroup;
    this.#view = {
      geoTag,
      zones: [],
      gslbs: this.#views,
      hosts: this.#hosts,
      clusters: new Map(),
      dnsAddresses: [],
    };
  }

  view = (): ClusterView => this.#view;
  gslb = (key: string): Gslb | undefined => this.#gslbs.get(key);
  ingress = (key: string): Ingress | undefined => this.#ingresses.get(key);
  refusedZones = (): ReadZones['refused'] => this.#zones.refused;

  /** The Ingress that wants the Gslb of this key. One that was made for a Gslb wants none, whatever k8gb wrote on it. */
  annotatedIngress(key: string): Ingress | undefined {
    const prefix = `${this.#ingressGslbGroup}/`;
    if (!key.startsWith(prefix)) return undefined;
    const ingress = this.#ingresses.get(key.slice(prefix.length));
    const { annotations: written, ownerReferences = [] } = ingress?.metadata ?? {};
    const made = ownerReferences.some(({ kind }) => kind === 'Gslb');
    return made || written?.[annotations.strategy] === undefined ? undefined : ingress;
  }

  setGslb(group: GslbReference['group'], { metadata }: Gslb, now: Gslb | undefined): void {
    const key = gslbKey({ group, namespace: metadata.namespace ?? 'default', name: metadata.name });
    if (now === undefined) this.#gslbs.delete(key);
    else this.#gslbs.set(key, now);
    this.#staleClaims.add(key);
  }

  setIngress(known: Ingress, now: Ingress | undefined): void {
    const key = objectKey(known);
    const namespace = known.metadata.namespace ?? 'default';
    if (now === undefined) {
      this.#ingresses.delete(key);
      this.#ingressesOfNamespace.remove(namespace, key);
    } else {
      this.#ingresses.set(key, now);
      this.#ingressesOfNamespace.add(namespace, key);
    }
    this.#staleClaims.add(`${this.#ingressGslbGroup}/${key}`);
    for (const gslb of this.#gslbsOfIngress.of(key)) this.#staleClaims.add(gslb);
    for (const gslb of this.#gslbsSelectingIn.of(namespace)) this.#staleClaims.add(gslb);
  }

  setService(known: Service, now: Service | undefined): void {
    const key = objectKey(known);
    const before = this.#reach(key);
    if (now === undefined) this.#services.delete(key);
    else this.#services.add(key);
    this.#healthMoved(key, before);
  }

  setSlice(known: EndpointSlice, now: EndpointSlice | undefined): void {
    const name = known.metadata.labels?.[serviceNameLabel];
    if (name === undefined) return;
    const service = `${known.metadata.namespace ?? 'default'}/${name}`;
    const before = this.#reach(service);
    const slices = this.#slices.get(service) ?? new Map<string, ReturnType<typeof readyEndpoint>>();
    if (now === undefined) slices.delete(known.metadata.name);
    else slices.set(known.metadata.name, readyEndpoint(now));
    if (slices.size === 0) this.#slices.delete(service);
    else this.#slices.set(service, slices);
    this.#healthMoved(service, before);
  }

  setZones(zones: ReadZones): void {
    if (isDeepStrictEqual(zones, this.#zones)) return;
    this.#zones = zones;
    this.#zonesMoved = true;
    this.#allViewsStale();
  }

  setIngressNodes(nodes: ServingNodes): void {
    if (isDeepStrictEqual(nodes, this.#ingressNodes)) return;
    this.#ingressNodes = nodes;
    this.#checks.setNodes(nodes.addresses);
    this.#allViewsStale();
  }

  /** Verdicts of probes moved, or holds ended, that these Gslbs depend on. */
  setChecked(gslbs: Iterable<string>): void {
    for (const key of gslbs) if (this.#claims.has(key)) this.#staleViews.add(key);
  }

  setDnsAddresses(dnsAddresses: readonly string[]): void {
    if (isDeepStrictEqual(dnsAddresses, this.#view.dnsAddresses)) return;
    this.#view = { ...this.#view, dnsAddresses };
    this.#dnsAddressesMoved = true;
  }

  setGeoTags(geoTags: ReadonlySet<string> | undefined): void {
    if (isDeepStrictEqual(geoTags, this.#geoTags)) return;
    this.#geoTags = geoTags;
    this.#allViewsStale();
  }

  /** Brings the view up to date; undefined when nothing that anybody reads has moved. */
  settle(): Settled | undefined {
    const hosts = new Set<string>();
    const gslbs = new Set<string>();
    for (const key of this.#staleClaims) this.#claimAgain(key, gslbs);
    this.#staleClaims.clear();
    for (const key of this.#staleViews) this.#resolveAgain(key, hosts, gslbs);
    this.#staleViews.clear();
    const zones = this.#zonesMoved;
    const dnsAddresses = this.#dnsAddressesMoved;
    this.#zonesMoved = false;
    this.#dnsAddressesMoved = false;
    if (hosts.size === 0 && gslbs.size === 0 && !zones && !dnsAddresses) return undefined;
    this.#view = { ...this.#view, zones: this.#zones.zones };
    return { view: this.#view, hosts, gslbs, zones, dnsAddresses };
  }

  #claimAgain(key: string, gslbs: Set<string>): void {
    const before = this.#claims.get(key);
    const wish = this.#wish(key);
    const after = wish === undefined ? undefined : claim(wish, this.#candidates(wish));
    // Reported whatever comes of it: somebody may have changed what is written of it.
    if (before !== undefined || after !== undefined) gslbs.add(key);
    if (before !== undefined) this.#file(key, before, 'remove');
    if (after === undefined) this.#claims.delete(key);
    else {
      this.#claims.set(key, after);
      this.#file(key, after, 'add');
    }
    this.#staleViews.add(key);
    // Whoever else claims one of these hosts may win or lose it.
    for (const { host } of [...(before?.rules ?? []), ...(after?.rules ?? [])])
      for (const other of this.#gslbsOfHost.of(host)) this.#staleViews.add(other);
  }

  #wish(key: string): Wish | RefusedWish | undefined {
    const gslb = this.#gslbs.get(key);
    const ingress = this.annotatedIngress(key);
    if (ingress !== undefined && (gslb === undefined || isOwned(gslb, ingress)))
      return readIngress(ingress, this.#ingressGslbGroup, gslb);
    return gslb === undefined
      ? undefined
      : readGslb(gslb, key.startsWith('k8gb.io/') ? 'k8gb.io' : 'k8gb.absa.oss');
  }

  /** The Ingresses that may be the wish's. */
  #candidates(wish: Wish | RefusedWish): readonly Ingress[] {
    const place = ingressOf(wish);
    if (place === undefined) return [];
    const keys = 'key' in place ? [place.key] : [...this.#ingressesOfNamespace.of(place.namespace)];
    return keys.flatMap((key) => this.#ingresses.get(key) ?? []);
  }

  #file(key: string, { wish, rules }: Claim, how: 'add' | 'remove'): void {
    const place = ingressOf(wish);
    if (place !== undefined && 'key' in place) this.#gslbsOfIngress[how](place.key, key);
    if (place !== undefined && 'namespace' in place) this.#gslbsSelectingIn[how](place.namespace, key);
    for (const { host, services } of rules) {
      this.#gslbsOfHost[how](host, key);
      for (const { namespace, name } of services) this.#gslbsOfService[how](`${namespace}/${name}`, key);
    }
  }

  #resolveAgain(key: string, hosts: Set<string>, gslbs: Set<string>): void {
    const before = this.#views.get(key);
    const found = this.#claims.get(key);
    const after =
      found &&
      resolve(found, {
        zones: this.#zones.zones,
        ingressNodes: this.#ingressNodes,
        health: ({ namespace, name }) => this.#serviceHealth(`${namespace}/${name}`),
        isLocal: ({ namespace, name }) => this.#reach(`${namespace}/${name}`) === 'local',
        ownerOf: (host) => hostOwner(this.#claimants(host)),
        geoTags: this.#geoTags,
        check: this.#checks.check,
        remarks: this.#checks.remarks,
      });
    this.#checks.resolved(key);
    if (isDeepStrictEqual(before, after)) return;
    gslbs.add(key);
    if (after === undefined) this.#views.delete(key);
    else this.#views.set(key, after);
    for (const { host, gslb } of before?.hosts ?? []) {
      hosts.add(host);
      // Its new owner may have been resolved before us.
      const current = this.#hosts.get(host);
      if (current !== undefined && gslbKey(current.gslb) === gslbKey(gslb)) this.#hosts.delete(host);
    }
    for (const host of after?.hosts ?? []) {
      hosts.add(host.host);
      this.#hosts.set(host.host, host);
    }
  }

  *#claimants(host: string) {
    for (const key of this.#gslbsOfHost.of(host)) {
      const { wish } = this.#claims.get(key) as Claim;
      yield { key, reference: wish.reference, createdAtMs: wish.createdAtMs };
    }
  }

  #serviceHealth(service: string): ServiceHealth {
    const reach = this.#reach(service);
    if (reach === 'NotFound') return 'NotFound';
    return reach === undefined ? 'Unhealthy' : 'Healthy';
  }

  /** The nearest place in which the Service has a ready endpoint. */
  #reach(service: string): ReturnType<typeof readyEndpoint> | 'NotFound' {
    if (!this.#services.has(service)) return 'NotFound';
    let found: 'remote' | undefined;
    for (const ready of this.#slices.get(service)?.values() ?? []) {
      if (ready === 'local') return 'local';
      found ??= ready;
    }
    return found;
  }

  #healthMoved(service: string, before: ReturnType<typeof readyEndpoint> | 'NotFound'): void {
    if (this.#reach(service) === before) return;
    for (const key of this.#gslbsOfService.of(service)) this.#staleViews.add(key);
  }

  #allViewsStale(): void {
    for (const key of this.#claims.keys()) this.#staleViews.add(key);
  }
}

/** Whether the Gslb was made for this Ingress: then the annotations count, even before they are written into it. */
const isOwned = (gslb: Gslb, ingress: Ingress): boolean =>
  (gslb.metadata.ownerReferences ?? []).some(
    ({ kind, name, uid }) =>
      kind === 'Ingress' && name === ingress.metadata.name && uid === ingress.metadata.uid,
  );

/** Where the Ingress of a wish is looked for: under one key, or by labels in a namespace. */
function ingressOf(
  wish: Wish | RefusedWish,
): { readonly key: string } | { readonly namespace: string } | undefined {
  if ('refusal' in wish) return undefined;
  const { route, reference } = wish;
  if (route.kind === 'selected') return { namespace: route.namespace };
  const { namespace, name } = route.kind === 'embedded' ? reference : route;
  return { key: `${namespace}/${name}` };
}
