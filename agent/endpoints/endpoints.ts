import type { GatewayReport, GatewayTable } from '#agent/model/gateway-table.ts';
import type { NamespacePair, ProviderLink, TwinNamespace } from '#agent/model/provider-link.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type FollowedNamespace, followNamespace } from './followed-namespace.ts';
import { followTwin } from './followed-twin.ts';
import { Gateways } from './gateways.ts';
import { PortAssignments } from './port-assignments.ts';
import { providerShadows } from './provider-shadows.ts';
import { serviceNameLabel } from './remote-endpoint.ts';
import { serviceSlices } from './service-slices.ts';
import { sliceRecord } from './slices.ts';
import { gatewayTable, mergedTable } from './table.ts';
import { tableWriter } from './table-writer.ts';
import { byLocal, type FollowedLink, tablePeers, type View } from './view.ts';

export interface EndpointsOptions {
  /** This cluster. */
  readonly source: ApiServerSource;
  readonly clusterID: string;
  /** The agent's. */
  readonly namespace: string;
  /** This cluster's gateway key and certificate. */
  readonly gateway: { readonly keyPem: string; readonly certificatePem: string };
  readonly log: Logger;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Monotonic milliseconds. Default performance.now. */
  readonly now?: () => number;
  /** Follows the reports of every gateway pod of this cluster; undefined: that gateway is gone. */
  readonly reports: (
    onReport: (gatewayPodName: string, address: string, report: GatewayReport | undefined) => void,
    signal: AbortSignal,
  ) => void;
  /** For tests. */
  readonly timing?: Partial<typeof timing>;
}

/** Endpoints of Services across all peers of this cluster. */
export interface Endpoints {
  /** All namespaces that are offloaded to this provider now. */
  setPairs(link: ProviderLink, pairs: readonly NamespacePair[]): void;
  /** The peering has ended: nothing leads there any longer. */
  removeLink(providerID: string): void;
  /** All twin namespaces here, and all consumers by id. */
  setTwins(
    twins: readonly TwinNamespace[],
    consumers: Readonly<Record<string, { readonly gatewayFingerprint: string }>>,
  ): void;
  /** Whether a gateway reaches the peer; undefined while none reports. */
  linkUp(peerID: string): boolean | undefined;
  /** Calls back after linkUp has changed for any peer. */
  onLinks(listener: () => void): void;
  /** Resolves when the signal has aborted and the last write has ended. */
  readonly drained: Promise<void>;
}

const timing = {
  /** After a start, so long nothing that was allowed or assigned is taken back: rooms tell little by little what is. */
  startMs: 30_000,
  /** After a start, so long slices wait for the first gateway to report, */
  firstReportMs: 5_000,
  /** and after it so long for the others. */
  moreReportsMs: 300,
  /** A namespace that no longer spans is cleared of slices for so long. */
  clearMs: 30_000,
};
const concurrency = 16;
/** Owner of ports that the table of an earlier agent had. */
const earlier = 'earlier table';

/**
 * Makes pods of other clusters endpoints of Services here, ours endpoints there, and tells this cluster's gateways what
 * to listen on and whom to let through. State is in the slices and in the gateways' Secret: a restart takes over both.
 */
export function startEndpoints(options: EndpointsOptions, signal: AbortSignal): Endpoints {
  const { source, clusterID, log, random, reports } = options;
  const { startMs, firstReportMs, moreReportsMs, clearMs } = { ...timing, ...options.timing };
  const view: View = {
    clusterID,
    links: new Map(),
    namespaces: new Map(),
    twins: new Map(),
    consumers: {},
    gone: new Set(),
    starting: true,
  };
  const gateways = new Gateways();
  const ports = new PortAssignments({ start: random(), now: options.now ?? (() => performance.now()) });
  const listeners = new Set<() => void>();
  const timers = new Set<NodeJS.Timeout>();
  const clearing = new Map<string, NodeJS.Timeout>();
  let before: GatewayTable | undefined;
  let seeded = false;
  let settled = false;
  let reported = false;

  const after = (ms: number, work: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
    return timer;
  };
  const cancel = (timer: NodeJS.Timeout | undefined): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timers.delete(timer);
  };

  const table = tableWriter(
    {
      ...options,
      table: () => {
        const now = gatewayTable(clusterID, tablePeers(view, gateways.addresses()), ports.entries());
        return view.starting && before !== undefined ? mergedTable(remaining(before), now) : now;
      },
      onTable: ({ revision, ports: listened }) => gateways.remember(revision, listened),
      onRead: (read) => {
        before = read;
        for (const [port, key] of Object.entries(read?.ports ?? {})) ports.adopt(earlier, key, Number(port));
        if (read !== undefined) gateways.remember(read.revision, read.ports);
        seeded = true;
        for (const followed of view.namespaces.values()) if (followed.synced) adopt(followed);
        reconcileAll();
      },
    },
    signal,
  );
  /** Peers that have left are not waited for, nor are ports that have been freed since. */
  const remaining = (older: GatewayTable): GatewayTable => ({
    ...older,
    peers: Object.fromEntries(Object.entries(older.peers).filter(([id]) => !view.gone.has(id))),
    ports: {},
  });

  const reconcileService = serviceSlices({
    source,
    view,
    ports,
    gateways,
    log,
    onPorts: table.changed,
    mayWrite: () => settled,
  });
  const services = keyedQueue(
    {
      concurrency,
      random,
      reconcile: async (key) => {
        if (!seeded) return undefined;
        await reconcileService(key);
        return undefined;
      },
      onError: (key, error, failures) =>
        log.warn({ error, service: key, failures }, 'slices of a Service were not written'),
    },
    signal,
  );
  const reconcileShadows = providerShadows(view, gateways);
  const shadows = keyedQueue(
    {
      concurrency,
      random,
      reconcile: async (key) => {
        await reconcileShadows(key);
        return undefined;
      },
      onError: (key, error, failures) =>
        log.warn({ error, service: key, failures }, 'a provider was not told the endpoints of a Service'),
    },
    signal,
  );

  const reconcileOne = (local: string, service: string): void => {
    services.add(`${local}/${service}`);
    for (const [id, { twins }] of view.links) {
      if (twins.has(local)) shadows.add(`${id}|${local}/${service}`);
    }
  };
  const reconcileNamespace = (local: string): void => {
    const names = new Set(view.namespaces.get(local)?.services());
    for (const { twins } of view.links.values()) {
      for (const service of twins.get(local)?.native.services() ?? []) names.add(service);
      for (const service of twins.get(local)?.shadows.services() ?? []) names.add(service);
    }
    for (const service of names) reconcileOne(local, service);
  };
  const reconcileAll = (): void => {
    for (const local of view.namespaces.keys()) reconcileNamespace(local);
  };

  /** Takes over what slices record, before anything else is assigned in their namespace. */
  const adopt = (followed: FollowedNamespace): void => {
    for (const slice of followed.ours.all()) {
      const service = slice.metadata.labels?.[serviceNameLabel];
      if (service === undefined) continue;
      for (const { port, ...key } of sliceRecord(slice)?.assignments ?? []) {
        const owner = `${followed.namespace}/${service}`;
        if (!ports.adopt(owner, key, port))
          log.debug({ slice: slice.metadata.name, port }, 'a port is assigned anew');
      }
    }
  };

  /** Namespaces are followed while a pair or a twin needs them, and a little longer to clear them. */
  const followNeeded = (): void => {
    const needed = new Set(view.twins.keys());
    for (const { twins } of view.links.values()) for (const local of twins.keys()) needed.add(local);
    for (const local of needed) {
      cancel(clearing.get(local));
      clearing.delete(local);
      if (!view.namespaces.has(local)) follow(local);
    }
    for (const local of view.namespaces.keys()) {
      reconcileNamespace(local);
      if (needed.has(local) || clearing.has(local)) continue;
      clearing.set(
        local,
        after(clearMs, () => {
          clearing.delete(local);
          const followed = view.namespaces.get(local);
          view.namespaces.delete(local);
          for (const service of followed?.services() ?? []) ports.claim(`${local}/${service}`, []);
          followed?.stop();
          table.changed();
        }),
      );
    }
    table.changed();
  };
  const follow = (local: string): void => {
    const changed = (service: string): void => {
      reconcileOne(local, service);
      table.changed();
    };
    const onSynced = (followed: FollowedNamespace): void => {
      if (seeded) adopt(followed);
    };
    const onService = (service: string): void => services.add(`${local}/${service}`);
    view.namespaces.set(
      local,
      followNamespace({ source, namespace: local, onService, onNative: changed, onSynced }, signal),
    );
  };

  const drop = (id: string): void => {
    const followed = view.links.get(id);
    if (followed === undefined) return;
    view.links.delete(id);
    view.gone.add(id);
    for (const twin of followed.twins.values()) twin.stop();
    followed.stop();
    followNeeded();
  };
  const followLink = (link: ProviderLink): FollowedLink => {
    const ended = new AbortController();
    const both = AbortSignal.any([signal, link.signal, ended.signal]);
    const twins: FollowedLink['twins'] = new Map();
    link.onChange(() => {
      table.changed();
      // What failed while the provider was away need not wait for its turn.
      if (link.state().kind === 'connected') for (const local of twins.keys()) reconcileNamespace(local);
    }, both);
    const leave = (): void => {
      if (!signal.aborted && view.links.get(link.clusterID)?.link === link) drop(link.clusterID);
    };
    link.signal.addEventListener('abort', leave, { once: true, signal: ended.signal });
    return { link, twins, stop: () => ended.abort() };
  };
  const setPairs = (link: ProviderLink, pairs: readonly NamespacePair[]): void => {
    if (signal.aborted || link.signal.aborted) return;
    const id = link.clusterID;
    if (view.links.has(id) && view.links.get(id)?.link !== link) drop(id);
    view.gone.delete(id);
    const followed = view.links.get(id) ?? followLink(link);
    view.links.set(id, followed);
    const wanted = byLocal(pairs);
    for (const [local, twin] of followed.twins) {
      if (wanted.get(local)?.remote === twin.remote) continue;
      twin.stop();
      followed.twins.delete(local);
    }
    for (const [local, pair] of wanted) {
      if (followed.twins.has(local)) continue;
      const onNative = (service: string): void => {
        if (service === '') reconcileNamespace(local);
        else reconcileOne(local, service);
        // Relays of the others.
        table.changed();
      };
      const onShadows = (service: string): void => {
        if (service === '') reconcileNamespace(local);
        else shadows.add(`${id}|${local}/${service}`);
      };
      const source = link.remote;
      followed.twins.set(
        local,
        followTwin(
          { ...pair, source, clusterID, onNative, onShadows },
          AbortSignal.any([signal, link.signal]),
        ),
      );
    }
    followNeeded();
  };

  const settle = (): void => {
    if (settled) return;
    settled = true;
    reconcileAll();
  };
  reports((name, address, report) => {
    if (signal.aborted) return;
    const links = gateways.linksText();
    gateways.report(name, address, report);
    if (report !== undefined && !reported) {
      reported = true;
      after(moreReportsMs, settle);
    }
    if (gateways.linksText() === links) {
      for (const owner of ports.owners()) if (owner !== earlier) services.add(owner);
      return;
    }
    reconcileAll();
    for (const listener of listeners) listener();
  }, signal);

  after(firstReportMs, settle);
  after(startMs, () => {
    view.starting = false;
    before = undefined;
    ports.claim(earlier, []);
    reconcileAll();
    table.changed();
  });
  signal.addEventListener(
    'abort',
    () => {
      for (const timer of timers) clearTimeout(timer);
    },
    { once: true },
  );

  return {
    setPairs,
    removeLink: drop,
    setTwins: (twins, consumers) => {
      if (signal.aborted) return;
      for (const id of Object.keys(view.consumers)) if (consumers[id] === undefined) view.gone.add(id);
      for (const id of Object.keys(consumers)) view.gone.delete(id);
      view.twins = new Map(twins.map((twin) => [twin.namespace, twin]));
      view.consumers = consumers;
      followNeeded();
    },
    linkUp: (peer) => gateways.linkUp(peer),
    onLinks: (listener) => void listeners.add(listener),
    drained: Promise.all([services.drained, shadows.drained, table.drained]).then(() => undefined),
  };
}
