import { randomBytes } from 'node:crypto';
import { type Gslb, gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import { type GslbCluster, gslbClusters } from '#core/api/gslb-cluster/schema.ts';
import { type GslbPolicy, gslbPolicies } from '#core/api/gslb-policy/schema.ts';
import {
  customResourceDefinitions,
  endpointSlices,
  type Ingress,
  ingresses,
  type KubeObject,
  nodes,
  pods,
  services,
} from '#core/api/kubernetes.ts';
import { type ZoneDelegation, zoneDelegations } from '#core/api/zone-delegation/schema.ts';
import type { Server } from '#core/exchange/tcp.ts';
import type { Source, Watch, WatchOptions } from '#core/source/source.ts';
import type { ClusterView, GslbReference } from '#sidecar/model/cluster-view.ts';
import type { Held, Hold } from '#sidecar/model/hold.ts';
import { servingNodes } from './addresses.ts';
import { resolverAsker } from './ask-resolvers.ts';
import { type CheckOptions, Checks } from './checks.ts';
import type { Moment } from './damper.ts';
import { heldGslb, heldNow } from './held-gslbs.ts';
import { heldZone, withHeldZones } from './held-zones.ts';
import { zoneOf } from './host-name.ts';
import { keepHostNames } from './host-names.ts';
import { Ledger } from './ledger.ts';
import { MassDeletes } from './mass-delete.ts';
import { optionalWatches } from './optional-watches.ts';
import type { PolicyVerdict } from './policy-verdict.ts';
import { systemResolvers } from './resolv-conf.ts';
import { trimCrd, trimEndpointSlice, trimNode, trimPod, trimService } from './trim.ts';
import { trimOptional } from './trim-routes.ts';
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
  /** Recursive resolvers for the host names behind addresses, the first one first. Absent: those of /etc/resolv.conf. */
  readonly resolvers?: readonly Server[];
  /** Absent: no address is probed; what comes back is held all the same. */
  readonly checks?: CheckOptions;
  /** How long answers are held after a mass delete, milliseconds; 0: not at all. Default 10 min. */
  readonly massDeleteHoldMs?: number;
  /** A hold of the process before this one, which goes on. */
  readonly held?: Held | undefined;
  /** Whether the source has CRDs, which may be deleted: an API server has. Default: no. */
  readonly crds?: boolean;
  /** Called once per turn of the event loop in which something changed, not before everything was listed once. */
  readonly onChange: (change: ClusterChange) => void;
}

/** What moved since the last call. */
export interface ClusterChange {
  readonly view: ClusterView;
  /** Hosts to plan again: changed, new or gone. */
  readonly hosts: ReadonlySet<string>;
  /** Keys of Gslbs that changed in any way, their Ingress's ways included, or are gone: `group/namespace/name`. */
  readonly gslbs: ReadonlySet<string>;
  /** Whether ZoneDelegations came, went or changed; then hosts may have to be planned again for their negative TTL. */
  readonly zones: boolean;
  readonly dnsAddresses: boolean;
  /** Keys of GslbPolicies that changed, or of which a Gslb did, or are gone: `namespace/name`. */
  readonly policies: ReadonlySet<string>;
  /** Names of GslbClusters that changed or are gone, or of which an override has ended; this cluster's when all were listed. */
  readonly clusters: ReadonlySet<string>;
  /** Whether hosts came or went. */
  readonly hostNames: boolean;
  /** Whether a hold after a mass delete began or ended. */
  readonly hold: boolean;
}

export interface Observer {
  view(): ClusterView;
  /** Hosts of the view; until everything was listed those that statuses name, for whoever wants to know them early. */
  knownHosts(): Iterable<string>;
  /** Resolves when every watch was listed once; rejects only when the signal aborts first. */
  readonly synced: Promise<void>;
  /**
   * Milliseconds since the source last confirmed what is seen of the resource that it confirmed longest ago; Infinity
   * before the first lists. Up to 90 s in good health. Resources that the API server does not know do not count.
   */
  ageMs(): number;
  /** The ZoneDelegations as they were last seen. */
  zoneDelegations(): Iterable<ZoneDelegation>;
  /** Why some of them are not served, by object name. */
  refusedZones(): ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  /** Answers of deleted Gslbs are held: more than half went at once, or the CRD. */
  hold(): Hold | undefined;
  /** The same with what is held. */
  held(): Held | undefined;
  /** Lets go what is held. */
  endHold(): void;
  /** A Gslb object as it was last seen; undefined while there is none. */
  gslb(key: string): Gslb | undefined;
  /** The annotated Ingress that wants the Gslb of this key. */
  annotatedIngress(key: string): Ingress | undefined;
  /** The Ingress of a namespace and name. */
  ingress(key: string): Ingress | undefined;
  /** A GslbPolicy as it was last seen, by `namespace/name`. */
  policy(key: string): GslbPolicy | undefined;
  /** What became of it. */
  policyVerdict(key: string): PolicyVerdict | undefined;
  policyKeys(): Iterable<string>;
  /** A GslbCluster as it was last seen, by geotag. */
  cluster(geoTag: string): GslbCluster | undefined;
  /** Whether GslbClusters were listed; not so where their CRD is missing. */
  clustersListed(): boolean;
  /** Geotags of the fleet, for remarks about primaries that nobody is called; undefined: not known. */
  setGeoTags(geoTags: ReadonlySet<string> | undefined): void;
  /** Whether a probe that a Gslb depends on may still turn out never to have passed: it has begun a moment ago. */
  probesUndecided(key: string): boolean;
  /** The verdicts of probe targets of these names moved (core/probe/target.ts). */
  probesMoved(names: Iterable<string>): void;
}

/** How long the first view waits for host names: without them it would lack addresses. */
const namesWithinMs = 3_000;

/**
 * Watches what this cluster serves and keeps its {@link ClusterView}. Nothing is delayed: what changes in one turn of
 * the event loop is told at its end.
 */
export function startObserver(options: ObserverOptions, signal: AbortSignal): Observer {
  const { source, dnsAddresses } = options;
  const checks = new Checks(options.checks ?? { probe: { type: 'none' }, now: bothClocks });
  const ledger = new Ledger(options.geoTag, options.ingressGslbGroup, checks);
  const wallMs = (): number => (options.checks?.now ?? bothClocks)().wallMs;
  let overrideTimer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(overrideTimer), { once: true });
  let holdTimer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(holdTimer), { once: true });
  let scheduled = false;
  let listed = false;
  let zonesStale = true;
  let nodesStale = true;
  let clustersListed = false;

  let holdMoved = false;
  const deletes = new MassDeletes(
    {
      holdMs: options.massDeleteHoldMs ?? 600_000,
      now: bothClocks,
      onHold: () => {
        holdMoved = true;
        schedule();
      },
    },
    signal,
  );

  const settle = (): void => {
    scheduled = false;
    readStale();
    awaitOverrides(ledger.expireOverrides(wallMs()));
    const change = ledger.settle();
    awaitHolds(checks.settled());
    const hold = holdMoved;
    holdMoved = false;
    if (change !== undefined || hold) options.onChange({ ...(change ?? nothing(ledger.view())), hold });
    if (ledger.isUnsettled()) setImmediate(schedule);
    wantMore();
    if (change?.zones) names.again();
  };
  /** What the Gslbs need beyond what is watched. @returns whether kinds are watched that were not */
  const wantMore = (): boolean => {
    const wanted = ledger.wantedNames();
    if (wanted !== undefined) names.want(wanted);
    return optional.want(ledger.wantedKinds());
  };
  const readStale = (): void => {
    if (zonesStale) ledger.setZones(readZones(withHeldZones(zones.list(), deletes)));
    if (nodesStale) readNodes();
    zonesStale = false;
    nodesStale = false;
  };
  /** At least a millisecond: timers may fire a fraction of one early. */
  const awaitHolds = (endsInMs: number): void => {
    clearTimeout(holdTimer);
    if (signal.aborted || endsInMs === Number.POSITIVE_INFINITY) return;
    holdTimer = setTimeout(
      () => {
        ledger.setChecked(checks.endedHolds());
        schedule();
      },
      Math.max(1, Math.ceil(endsInMs)),
    );
  };
  /** Never long: wall clocks jump, and machines sleep. */
  const awaitOverrides = (endMs: number): void => {
    clearTimeout(overrideTimer);
    if (signal.aborted || endMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(longestWaitMs, Math.max(1, endMs - wallMs()));
    overrideTimer = setTimeout(() => {
      schedule();
    }, waitMs);
  };
  const schedule = (): void => {
    if (scheduled || !listed || signal.aborted) return;
    scheduled = true;
    queueMicrotask(settle);
  };
  const readNodes = (): void => {
    ledger.setIngressNodes(servingNodes(ingressPods.list(), nodeList.list()));
    const kind = dnsAddresses === 'external' ? 'ExternalIP' : 'InternalIP';
    ledger.setDnsAddresses(
      typeof dnsAddresses === 'string'
        ? servingNodes(sidecarPods.list(), nodeList.list(), kind).addresses
        : dnsAddresses.toSorted(),
    );
  };
  const watch = <T extends KubeObject>(
    wanted: Omit<WatchOptions<T>, 'onChange'>,
    take: (known: T, now: T | undefined) => void,
  ): Watch<T> =>
    source.watch(
      {
        ...wanted,
        onChange: ({ type, object }) => {
          take(object, type === 'deleted' ? undefined : object);
          schedule();
        },
      },
      signal,
    );
  const zoneOfDelegation = (known: ZoneDelegation) =>
    heldZone(known, () => {
      zonesStale = true;
    });
  const zonesMoved = (known: ZoneDelegation, now: ZoneDelegation | undefined): void => {
    const zone = zoneOfDelegation(known);
    if (now === undefined) deletes.deleted(zone);
    else deletes.applied(zone);
    zonesStale = true;
  };
  const vanishable = (group: GslbReference['group'], known: Gslb) =>
    heldGslb(group, known, (present) => {
      ledger.setGslb(group, known, present ? known : undefined);
      schedule();
    });
  const gslbMoved =
    (group: GslbReference['group']) =>
    (known: Gslb, now: Gslb | undefined): void => {
      const gslb = vanishable(group, known);
      if (now === undefined) deletes.deleted(gslb);
      else deletes.applied(gslb);
    };
  const nodesMoved = (): void => {
    nodesStale = true;
  };

  if (options.held !== undefined)
    deletes.restore(options.held.hold, [
      ...options.held.zones.map(zoneOfDelegation),
      ...options.held.gslbs.map(({ group, object }) => vanishable(group, object)),
    ]);
  const zones = watch({ resource: zoneDelegations }, zonesMoved);
  const nodeList = watch({ resource: nodes, trim: trimNode }, nodesMoved);
  const podsOf = (labelSelector: string) =>
    watch({ resource: pods, labelSelector, trim: trimPod }, nodesMoved);
  const ingressPods = podsOf(options.ingressSelector);
  const sidecarPods = podsOf(options.sidecarSelector);
  const watches = [
    zones,
    nodeList,
    ingressPods,
    sidecarPods,
    watch({ resource: gslbs }, gslbMoved('k8gb.io')),
    ...(options.legacyApi ? [watch({ resource: legacyGslbs }, gslbMoved('k8gb.absa.oss'))] : []),
    watch({ resource: ingresses }, (known, now) => ledger.setIngress(known, now)),
    watch({ resource: services, trim: trimService }, (known, now) => ledger.setService(known, now)),
    watch({ resource: endpointSlices, trim: trimEndpointSlice }, (known, now) => ledger.setSlice(known, now)),
  ];

  /** Nothing waits for them for long where their CRDs, or the right to read them, are not there. */
  const ours = optionalWatches(
    {
      source,
      onObject: ({ kind }, known, now) => {
        if (kind === gslbPolicies.kind) ledger.setPolicy(known, now as GslbPolicy | undefined, wallMs());
        else ledger.setCluster(known, now as GslbCluster | undefined, wallMs());
        schedule();
      },
      onState: ({ kind }, state) => {
        if (kind !== gslbClusters.kind || state !== 'read') return;
        clustersListed = true;
        // Its object may be one that is to be made.
        ledger.clusterMoved(options.geoTag);
        schedule();
      },
    },
    signal,
  );
  ours.want([gslbPolicies, gslbClusters]);
  if (options.crds === true)
    for (const { plural, group } of [gslbs, zoneDelegations, ...(options.legacyApi ? [legacyGslbs] : [])])
      watch(
        {
          resource: customResourceDefinitions,
          fieldSelector: `metadata.name=${plural}.${group}`,
          trim: trimCrd,
        },
        (known, now) =>
          deletes.setKind(known.metadata.name, now !== undefined && !now.metadata.deletionTimestamp),
      );

  const optional = optionalWatches(
    {
      source,
      trim: trimOptional,
      onObject: (resource, known, now) => {
        ledger.setTarget(resource, known, now);
        schedule();
      },
      onState: (resource, state) => {
        ledger.setKindState(resource, state);
        schedule();
      },
    },
    signal,
  );
  const names = keepHostNames(
    {
      ask: resolverAsker(
        options.resolvers === undefined ? systemResolvers : async () => options.resolvers ?? [],
        randomBytes,
        signal,
      ),
      zoneOf: (name) => zoneOf(name, ledger.view().zones)?.name,
      now: () => performance.now(),
      onLookup: (name, lookup) => {
        ledger.setLookup(name, lookup);
        schedule();
      },
    },
    signal,
  );
  /** Which kinds are referred to is known once the Gslbs are listed, and which gateways once their routes are. */
  async function listReferred(): Promise<void> {
    await ours.settled();
    readStale();
    ledger.work();
    while (wantMore()) {
      await optional.settled();
      ledger.work();
    }
    await names.settled(namesWithinMs);
    ledger.work();
  }

  const synced = Promise.all(watches.map((each) => each.synced))
    .then(listReferred)
    .then(() => {
      signal.throwIfAborted();
      listed = true;
      schedule();
    });
  // Nobody needs to wait for it; the rejection at the end is then nobody's.
  synced.catch(() => undefined);
  return {
    synced,
    view: ledger.view,
    knownHosts: () => (listed ? ledger.view().hosts.keys() : ledger.rememberedHosts()),
    ageMs: () =>
      Math.max(
        0,
        ...[...watches, ...optional.listed(), ...ours.listed()]
          .filter((each) => !each.missing)
          .map((each) => each.ageMs()),
      ),
    hold: deletes.hold,
    held: () => heldNow(deletes),
    endHold: () => deletes.release(),
    gslb: (key) => (deletes.isHeld(key) ? undefined : ledger.gslb(key)),
    annotatedIngress: (key) => ledger.annotatedIngress(key),
    ingress: ledger.ingress,
    policy: ledger.policy,
    policyVerdict: ledger.policyVerdict,
    policyKeys: ledger.policyKeys,
    cluster: ledger.cluster,
    clustersListed: () => clustersListed,
    zoneDelegations: () => zones.list(),
    refusedZones: ledger.refusedZones,
    setGeoTags: (geoTags) => {
      ledger.setGeoTags(geoTags);
      schedule();
    },
    probesUndecided: (key) => checks.isUndecided(key),
    probesMoved: (names) => {
      ledger.setChecked(checks.gslbsOf(names));
      schedule();
    },
  };
}

/** How long an override that ends is waited for before the clock is looked at again. */
const longestWaitMs = 60_000;
const nothing = (view: ClusterView): Omit<ClusterChange, 'hold'> => ({
  view,
  hosts: new Set(),
  gslbs: new Set(),
  zones: false,
  dnsAddresses: false,
  policies: new Set(),
  clusters: new Set(),
  hostNames: false,
});

const bothClocks = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() });
