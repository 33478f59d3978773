import { isDeepStrictEqual } from 'node:util';
import { annotations } from '#core/api/gslb/annotations.ts';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import {
  type EndpointSlice,
  type Ingress,
  ingresses,
  type KubeObject,
  type Resource,
  type Service,
  services,
} from '#core/api/kubernetes.ts';
import type {
  ClusterView,
  GslbReference,
  GslbView,
  HostView,
  ServiceHealth,
} from '#sidecar/model/cluster-view.ts';
import type { NameLookup, ServingNodes } from './addresses.ts';
import { AttachedPolicies } from './attached-policies.ts';
import type { Checks } from './checks.ts';
import { type Claim, claim } from './claim.ts';
import { ClusterObjects } from './cluster-objects.ts';
import {
  kindDependency,
  type Objects,
  objectDependency,
  selectionsOf,
  selectorPrefix,
} from './dependencies.ts';
import { GatewayServices } from './gateway-services.ts';
import { NameIndex } from './name-index.ts';
import { Overrides } from './override.ts';
import { gslbKey, hostOwner } from './ownership.ts';
import { type PolicyVerdict, policyVerdict } from './policy-verdict.ts';
import { resolve } from './resolve.ts';
import { readyEndpoint } from './service-health.ts';
import { strangers } from './strategy.ts';
import { optionalKinds } from './target-kinds.ts';
import { type ReadState, TargetObjects } from './target-objects.ts';
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
  readonly policies: ReadonlySet<string>;
  readonly clusters: ReadonlySet<string>;
  readonly hostNames: boolean;
}

/** Of the views that a change of nodes, zones or geotags makes stale, so many are resolved at a time. */
const viewsPerTurn = 50;

const objectKey = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

/**
 * All objects that the cluster's view is made of, with the indexes by which one changed object reaches only the Gslbs
 * and hosts that it touches. Setters note what is stale; {@link Ledger.settle} works it off.
 */
export class Ledger {
  readonly #ingressGslbGroup: GslbReference['group'];
  readonly #gslbs = new Map<string, Gslb>();
  /** Whatever Gslbs refer to: Ingresses, Services, routes and their gateways. */
  readonly #targets = new TargetObjects();
  readonly #gatewayServices = new GatewayServices(() => this.#targets.all(services));
  readonly #objects: Objects = {
    state: (resource) => this.#targets.state(resource),
    get: (resource, key) => this.#targets.get(resource, key),
    select: (resource, namespace, selector) => this.#targets.select(resource, namespace, selector),
    servicesOf: (selector) => this.#gatewayServices.of(selector),
  };
  /** What the host names behind addresses stand for. */
  readonly #lookups = new Map<string, NameLookup>();
  /** Readiness of each slice, by Service. */
  readonly #slices = new Map<string, Map<string, ReturnType<typeof readyEndpoint>>>();
  readonly #claims = new Map<string, Claim>();
  /** By what they were found by; see dependencies.ts. */
  readonly #gslbsOfDependency = new NameIndex();
  /** By host name that their addresses come from, and back. */
  readonly #gslbsOfName = new NameIndex();
  readonly #namesOfGslb = new Map<string, readonly string[]>();
  readonly #gslbsOfService = new NameIndex();
  readonly #gslbsOfHost = new NameIndex();
  #zones: ReadZones = { zones: [], refused: new Map() };
  #ingressNodes: ServingNodes = { observed: false, addresses: [], notServing: new Set() };
  #geoTags: ReadonlySet<string> | undefined;

  readonly #overrides = new Overrides();
  readonly #policies = new AttachedPolicies(this.#overrides);
  readonly #clusters = new ClusterObjects(this.#overrides);

  readonly #views = new Map<string, GslbView>();
  readonly #hosts = new Map<string, HostView>();
  #view: ClusterView;

  /** Gslbs that moved, or whose Ingress did. */
  readonly #staleClaims = new Set<string>();
  /** Gslbs whose surroundings moved. */
  readonly #staleViews = new Set<string>();
  /** Those that moved for all of them: they wait for those of which something of their own did. */
  readonly #staleForAll = new Set<string>();
  #movedHosts = new Set<string>();
  #movedGslbs = new Set<string>();
  #namesMoved = false;
  #movedPolicies = new Set<string>();
  #movedClusters = new Set<string>();
  #hostNamesMoved = false;
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
    this.#targets.setState(ingresses, 'read');
    this.#targets.setState(services, 'read');
  }

  view = (): ClusterView => this.#view;
  gslb = (key: string): Gslb | undefined => this.#gslbs.get(key);
  ingress = (key: string): Ingress | undefined => this.#targets.get(ingresses, key);
  refusedZones = (): ReadZones['refused'] => this.#zones.refused;

  /** Hosts that the statuses of the Gslbs seen so far name: most of those that will be served once all is listed. */
  *rememberedHosts(): Iterable<string> {
    for (const { status } of this.#gslbs.values()) yield* Object.keys(status?.serviceHealth ?? {});
  }

  /** The Ingress that wants the Gslb of this key. One that was made for a Gslb wants none, whatever k8gb wrote on it. */
  annotatedIngress(key: string): Ingress | undefined {
    const prefix = `${this.#ingressGslbGroup}/`;
    if (!key.startsWith(prefix)) return undefined;
    const ingress = this.ingress(key.slice(prefix.length));
    const { annotations: written, ownerReferences = [] } = ingress?.metadata ?? {};
    const made = ownerReferences.some(({ kind }) => kind === 'Gslb');
    return made || written?.[annotations.strategy] === undefined ? undefined : ingress;
  }

  setGslb(group: GslbReference['group'], { metadata }: Gslb, now: Gslb | undefined): void {
    const key = gslbKey({ group, namespace: metadata.namespace ?? 'default', name: metadata.name });
    const before = this.#gslbs.get(key);
    if (now === undefined) this.#gslbs.delete(key);
    else this.#gslbs.set(key, now);
    // Most often our own status comes back.
    if (before !== undefined && now !== undefined && wantsTheSame(before, now)) this.#movedGslbs.add(key);
    else this.#staleClaims.add(key);
  }

  setIngress(known: Ingress, now: Ingress | undefined): void {
    this.setTarget(ingresses, known, now);
    this.#staleClaims.add(`${this.#ingressGslbGroup}/${objectKey(known)}`);
  }

  setService(known: Service, now: Service | undefined): void {
    const key = objectKey(known);
    const health = this.#reach(key);
    const before = this.#targets.get(services, key);
    if (!isDeepStrictEqual(before, now)) {
      this.setTarget(services, known, now);
      for (const text of this.#gatewayServices.moved(before, now))
        this.#dependencyMoved(`${selectorPrefix}${text}`);
    }
    this.#healthMoved(key, health);
  }

  /** Of any kind that a Gslb may refer to, or its gateway. */
  setTarget<T extends KubeObject>(resource: Resource<T>, known: T, now: T | undefined): void {
    const key = objectKey(known);
    const before = this.#targets.get(resource, key);
    this.#targets.set(resource, key, now);
    this.#dependencyMoved(objectDependency(resource, key));
    for (const object of [before, now])
      for (const selection of selectionsOf(
        resource,
        known.metadata.namespace ?? 'default',
        object?.metadata.labels,
      ))
        this.#dependencyMoved(selection);
  }

  /** Whether a kind is listed; until it is, nothing is said of the Gslbs that refer to it. */
  setKindState(resource: Resource, state: ReadState): void {
    if (!this.#targets.setState(resource, state)) return;
    const kind = kindDependency(resource);
    this.#dependencyMoved(kind);
  }

  /** What a host name stands for, as it was last read. */
  setLookup(name: string, lookup: NameLookup): void {
    if (isDeepStrictEqual(this.#lookups.get(name), lookup)) return;
    this.#lookups.set(name, lookup);
    for (const key of this.#gslbsOfName.of(name)) this.#staleViews.add(key);
  }

  /** The kinds beyond Ingress and Service that some Gslb needs. */
  wantedKinds(): readonly Resource[] {
    return optionalKinds.filter((kind) => this.#gslbsOfDependency.of(kindDependency(kind)).size > 0);
  }

  /** The host names whose addresses are wanted; undefined when they are the same as the last time. */
  wantedNames(): Iterable<string> | undefined {
    if (!this.#namesMoved) return undefined;
    this.#namesMoved = false;
    return this.#gslbsOfName.names();
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
    const keys = [...gslbs].filter((key) => this.#claims.has(key));
    const stale = keys.length > viewsPerTurn ? this.#staleForAll : this.#staleViews;
    for (const key of keys) stale.add(key);
  }

  /** @param nowMs since 1970 */
  setPolicy(known: GslbPolicy, now: GslbPolicy | undefined, nowMs: number): void {
    this.#policyAgain(objectKey(known), now, nowMs);
  }

  /** @param nowMs since 1970 */
  setCluster({ metadata: { name } }: GslbCluster, now: GslbCluster | undefined, nowMs: number): void {
    this.#movedClusters.add(name);
    this.#clusters.set(name, now, nowMs);
  }

  /** Takes out the overrides that have ended. @returns when the next one ends, ms since 1970; Infinity: none does */
  expireOverrides(nowMs: number): number {
    for (const key of this.#policies.ended(nowMs))
      this.#policyAgain(key, this.#policies.get(key)?.object, nowMs);
    for (const name of this.#clusters.expire(nowMs)) this.#movedClusters.add(name);
    return Math.min(this.#policies.nextEndMs(), this.#clusters.nextEndMs());
  }

  policy = (key: string): GslbPolicy | undefined => this.#policies.get(key)?.object;
  policyVerdict = (key: string): PolicyVerdict | undefined =>
    policyVerdict(key, this.#policies, (gslb) => this.#views.get(gslb));
  policyKeys = (): Iterable<string> => this.#policies.keys();
  /** Something about the object of this member is worth a look. */
  clusterMoved(geoTag: string): void {
    this.#movedClusters.add(geoTag);
  }

  cluster = (geoTag: string): GslbCluster | undefined => this.#clusters.get(geoTag);

  setDnsAddresses(dnsAddresses: readonly string[]): void {
    if (isDeepStrictEqual(dnsAddresses, this.#view.dnsAddresses)) return;
    this.#view = { ...this.#view, dnsAddresses };
    this.#dnsAddressesMoved = true;
  }

  setGeoTags(geoTags: ReadonlySet<string> | undefined): void {
    if (isDeepStrictEqual(geoTags, this.#geoTags)) return;
    const before = this.#geoTags;
    this.#geoTags = geoTags;
    for (const [key, { wish }] of this.#claims) {
      if ('refusal' in wish) continue;
      const remarks = [before, geoTags].map((tags) => strangers(wish.strategy, tags));
      if (!isDeepStrictEqual(remarks[0], remarks[1])) this.#staleForAll.add(key);
    }
  }

  /** Brings all of the view up to date, without telling yet what moved. */
  work(): void {
    this.#workOff(Number.POSITIVE_INFINITY);
  }

  /** Whether {@link Ledger.settle} left some of the view for the next time. */
  isUnsettled(): boolean {
    return this.#staleForAll.size > 0;
  }

  #workOff(most: number): void {
    for (const key of this.#staleClaims) this.#claimAgain(key, this.#movedGslbs);
    this.#staleClaims.clear();
    for (const key of this.#staleViews) this.#resolveAgain(key, this.#movedHosts, this.#movedGslbs);
    this.#staleViews.clear();
    let left = most;
    for (const key of this.#staleForAll) {
      if (left-- <= 0) break;
      this.#resolveAgain(key, this.#movedHosts, this.#movedGslbs);
    }
    this.#takeClusters();
    if (this.#view.zones !== this.#zones.zones) this.#view = { ...this.#view, zones: this.#zones.zones };
  }

  /**
   * Brings the view up to date, and tells what moved since the last time; undefined when nobody would care. What moved
   * for thousands of Gslbs at once is brought up a few at a time, so that one of which something of its own moves
   * meanwhile does not wait for them: see {@link Ledger.isUnsettled}.
   */
  settle(): Settled | undefined {
    this.#workOff(viewsPerTurn);
    const hosts = this.#movedHosts;
    const gslbs = this.#movedGslbs;
    const zones = this.#zonesMoved;
    const dnsAddresses = this.#dnsAddressesMoved;
    const policies = this.#movedPolicies;
    const clusters = this.#movedClusters;
    this.#movedPolicies = new Set();
    this.#movedClusters = new Set();
    this.#movedHosts = new Set();
    this.#movedGslbs = new Set();
    const hostNames = this.#hostNamesMoved;
    this.#zonesMoved = false;
    this.#dnsAddressesMoved = false;
    this.#hostNamesMoved = false;
    const keys = hosts.size + gslbs.size + policies.size + clusters.size;
    if (keys === 0 && !zones && !dnsAddresses) return undefined;
    this.#view = { ...this.#view };
    return { view: this.#view, hosts, gslbs, zones, dnsAddresses, policies, clusters, hostNames };
  }

  #claimAgain(key: string, gslbs: Set<string>): void {
    const before = this.#claims.get(key);
    const wish = this.#wish(key);
    const after = wish === undefined ? undefined : claim(wish, this.#objects);
    // Reported whatever comes of it: somebody may have changed what is written of it.
    if (before !== undefined || after !== undefined) gslbs.add(key);
    if (before !== undefined) this.#file(key, before, 'remove');
    if (after === undefined) this.#claims.delete(key);
    else {
      this.#claims.set(key, after);
      this.#file(key, after, 'add');
    }
    for (const dependency of before?.dependencies ?? [])
      if (dependency.startsWith(selectorPrefix) && this.#gslbsOfDependency.of(dependency).size === 0)
        this.#gatewayServices.forget(dependency.slice(selectorPrefix.length));
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

  #file(key: string, { dependencies, rules }: Claim, how: 'add' | 'remove'): void {
    for (const dependency of dependencies) this.#gslbsOfDependency[how](dependency, key);
    for (const { host, services } of rules) {
      this.#gslbsOfHost[how](host, key);
      for (const { namespace, name } of services) this.#gslbsOfService[how](`${namespace}/${name}`, key);
    }
  }

  #resolveAgain(key: string, hosts: Set<string>, gslbs: Set<string>): void {
    this.#staleForAll.delete(key);
    const before = this.#views.get(key);
    const found = this.#claims.get(key);
    const resolved = found?.pending
      ? undefined
      : found &&
        resolve(found, {
          zones: this.#zones.zones,
          ingressNodes: this.#ingressNodes,
          health: ({ namespace, name }) => this.#serviceHealth(`${namespace}/${name}`),
          isLocal: ({ namespace, name }) => this.#reach(`${namespace}/${name}`) === 'local',
          ownerOf: (host) => hostOwner(this.#claimants(host)),
          geoTags: this.#geoTags,
          check: this.#checks.check,
          remarks: this.#checks.remarks,
          policyOf: (reference, host) => this.#policies.policy(reference, host),
          lookup: (name) => this.#lookups.get(name),
        });
    this.#checks.resolved(key);
    this.#fileNames(key, resolved?.names ?? []);
    const after = resolved?.view;
    if (isDeepStrictEqual(before, after)) return;
    gslbs.add(key);
    for (const policy of this.#policies.of(key)) this.#movedPolicies.add(policy);
    if (!isDeepStrictEqual(before?.hosts.map(nameOf), after?.hosts.map(nameOf))) this.#hostNamesMoved = true;
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

  #policyAgain(key: string, now: GslbPolicy | undefined, nowMs: number): void {
    this.#movedPolicies.add(key);
    for (const gslb of this.#policies.set(key, now, nowMs)) {
      if (this.#claims.has(gslb)) this.#staleViews.add(gslb);
      // Another policy may have won or lost a host.
      for (const other of this.#policies.of(gslb)) this.#movedPolicies.add(other);
    }
  }

  /** What is said of clusters concerns every host, where they are only those that ask for it. */
  #takeClusters(): void {
    const before = this.#view.clusters;
    const clusters = this.#clusters.notes();
    if (clusters === before) return;
    this.#view = { ...this.#view, clusters };
    const tags = [...new Set([...before.keys(), ...clusters.keys()])];
    const drained = tags.some(
      (tag) => !isDeepStrictEqual(before.get(tag)?.override, clusters.get(tag)?.override),
    );
    const moved = tags.some((tag) => !isDeepStrictEqual(before.get(tag)?.place, clusters.get(tag)?.place));
    for (const { host, strategy } of this.#hosts.values())
      if (drained || (moved && strategy.type === 'geoip')) this.#movedHosts.add(host);
  }

  #fileNames(key: string, names: readonly string[]): void {
    const before = this.#namesOfGslb.get(key) ?? [];
    if (isDeepStrictEqual(before, names)) return;
    this.#namesMoved = true;
    for (const name of before) {
      this.#gslbsOfName.remove(name, key);
      if (this.#gslbsOfName.of(name).size === 0 && !names.includes(name)) this.#lookups.delete(name);
    }
    for (const name of names) this.#gslbsOfName.add(name, key);
    if (names.length === 0) this.#namesOfGslb.delete(key);
    else this.#namesOfGslb.set(key, names);
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
    if (this.#targets.get(services, service) === undefined) return 'NotFound';
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

  #dependencyMoved(dependency: string): void {
    for (const key of this.#gslbsOfDependency.of(dependency)) this.#staleClaims.add(key);
  }

  #allViewsStale(): void {
    for (const key of this.#claims.keys()) this.#staleForAll.add(key);
  }
}

/** Whether two versions of a Gslb differ in nothing but what is written of it. */
const wantsTheSame = (a: Gslb, b: Gslb): boolean =>
  isDeepStrictEqual(a.spec, b.spec) &&
  isDeepStrictEqual({ ...a.metadata, resourceVersion: '' }, { ...b.metadata, resourceVersion: '' });

const nameOf = ({ host }: HostView): string => host;

/** Whether the Gslb was made for this Ingress: then the annotations count, even before they are written into it. */
const isOwned = (gslb: Gslb, ingress: Ingress): boolean =>
  (gslb.metadata.ownerReferences ?? []).some(
    ({ kind, name, uid }) =>
      kind === 'Ingress' && name === ingress.metadata.name && uid === ingress.metadata.uid,
  );
