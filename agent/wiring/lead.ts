import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type Endpoints, startEndpoints } from '#agent/endpoints/endpoints.ts';
import { names } from '#agent/model/names.ts';
import type { NamespacePair, ProviderLink, TwinNamespace } from '#agent/model/provider-link.ts';
import { startNamespaces } from '#agent/namespaces/start-namespaces.ts';
import { followConfig } from '#agent/peering/follow-config.ts';
import { loadIdentity } from '#agent/peering/identity.ts';
import { startPeering } from '#agent/peering/start-peering.ts';
import { startProvider } from '#agent/provider/start-provider.ts';
import { composeGrant } from '#agent/tenancy/compose-grant.ts';
import { startLocalGrant } from '#agent/tenancy/local-grant.ts';
import { startTenancy } from '#agent/tenancy/start-tenancy.ts';
import { secrets } from '#core/api/kubernetes.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import type { RootLogger } from '#core/telemetry/logger.ts';
import type { AgentFlags } from './flags.ts';
import { gatewayAddresses } from './gateway-addresses.ts';
import { gatewayReports } from './gateway-reports.ts';
import type { LiqoWatch } from './liqo-present.ts';
import { openKubelet } from './open-kubelet.ts';
import { publishFingerprint } from './own-gateway.ts';
import { type ProviderEngines, startEngines } from './provider-engines.ts';
import type { Replica } from './surroundings.ts';
import { tellLiqo } from './tell-liqo.ts';

export interface LeadOptions {
  readonly flags: AgentFlags;
  readonly replica: Replica;
  readonly source: ApiServerSource;
  readonly liqo: LiqoWatch;
  readonly log: RootLogger;
  readonly version: string;
}

/** How long the links of before a restart may take: those of providers that do not answer take longest. */
const linksGraceMs = 4_000;
const tellAgainMs = 2_000;

/**
 * One term of the replica that acts: joins the rooms, and resolves when the signal has aborted and all of them have
 * ended. They begin anew when the cluster gets another id or other labels, and rest while Liqo's own engine is there. Rejects only for what no waiting mends.
 */
export async function lead(options: LeadOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await untilAlone(options, signal);
    if (signal.aborted) return;
    const over = new AbortController();
    options.liqo.onAppear(() => over.abort(), over.signal);
    await act(options, () => over.abort(), AbortSignal.any([signal, over.signal]));
    over.abort();
  }
}

/** Resolves when Liqo's engine is not here, or the signal aborts; says what is waited for. */
async function untilAlone({ liqo, replica, source, log }: LeadOptions, signal: AbortSignal): Promise<void> {
  await liqo.known(signal);
  for (let told = false; !told && !signal.aborted; ) {
    const message = liqo.present();
    if (message === undefined) break;
    try {
      log.error({ reason: 'LiqoPresent' }, message);
      await tellLiqo(source, replica.namespace, message, new Date());
      told = true;
    } catch (error) {
      log.warn({ error }, 'that Liqo is here could not be written on its objects; it is tried again');
      await pause(tellAgainMs, undefined, { signal }).catch(() => undefined);
    }
  }
  await liqo.absent(signal);
}

async function act(options: LeadOptions, onRenamed: () => void, signal: AbortSignal): Promise<void> {
  const { flags, replica, source, log, version } = options;
  const { namespace } = replica;
  const now = () => performance.now();
  const wallClock = Date.now;
  const random = Math.random;
  const peeringLog = log.room('peering');
  const identity = await loadIdentity({ source, namespace, version, log: peeringLog }, signal);
  const { clusterID, clusterUID, gateway } = identity;
  log.info({ cluster: clusterID }, 'this replica acts');
  followConfig({ source, namespace, identity, log: peeringLog, onChange: onRenamed }, signal);
  publishFingerprint(source, namespace, gateway.fingerprint, log.room('gateway'), signal);

  // As provider.
  const addresses = gatewayAddresses(source, namespace, () => tenancy?.touch(), signal);
  const grant = startLocalGrant(
    {
      source,
      namespace,
      clusterLabels: identity.clusterLabels,
      gateway: { fingerprint: gateway.fingerprint, addresses },
      onChange: () => tenancy?.touch(),
    },
    signal,
  );
  const provider = startProvider(
    {
      source,
      log: log.room('provider'),
      random,
      wallClock,
      admits: () => !signal.aborted,
      // What the claim promises, and no more.
      granted: ({ spec }) => composeGrant({ clusterID, clusterUID }, grant(), spec).resources,
    },
    signal,
  );
  let twins: readonly TwinNamespace[] = [];
  let consumers: Parameters<Endpoints['setTwins']>[1] = {};
  const tenancy = startTenancy(
    {
      source,
      namespace,
      serviceAccount: names.agent,
      clusterID,
      clusterUID,
      grant,
      log: log.room('tenancy'),
      random,
      wallClock,
      onTwins: (all) => {
        twins = all;
        provider.setTwins(all);
        endpoints.setTwins(all, consumers);
      },
      onConsumers: (all) => {
        consumers = all;
        endpoints.setTwins(twins, all);
        tellNetworking();
      },
      onIncoming: (consumer, facts) => peering.setIncoming(consumer, facts),
    },
    signal,
  );
  // As consumer.
  const endpoints = startEndpoints(
    {
      source,
      clusterID,
      namespace,
      gateway,
      log: log.room('endpoints'),
      random,
      reports: (onReport, reportsSignal) =>
        gatewayReports(
          {
            source,
            namespace,
            keyPem: gateway.keyPem,
            certificatePem: gateway.certificatePem,
            log: log.room('gateway'),
            onReport,
          },
          reportsSignal,
        ),
    },
    signal,
  );
  /** Providers and consumers alike; a peer may be both, and its gateway connected before it became the second. */
  const tellNetworking = (): void => {
    for (const clusterID of new Set([
      ...peering.links().map((link) => link.clusterID),
      ...Object.keys(consumers),
    ])) {
      const up = endpoints.linkUp(clusterID);
      peering.setNetworking(
        clusterID,
        up === undefined
          ? undefined
          : { up, message: up ? 'the gateways are connected' : 'the gateways are not connected' },
      );
      engines.get(clusterID)?.networkMoved();
    }
  };
  endpoints.onLinks(tellNetworking);
  let linksKnown = false;
  const engines = new Map<string, ProviderEngines>();
  const pairs = new Map<string, readonly NamespacePair[]>();
  const offloadings = source.watch({ resource: namespaceOffloadings, onChange: () => undefined }, signal);
  void offloadings.synced.catch(() => undefined);
  const namespaces = startNamespaces(
    {
      source,
      clusterID,
      serviceAccount: { namespace, name: names.agent },
      log: log.room('namespaces'),
      random,
      wallClock,
      onPairs: (providerID, now) => {
        pairs.set(providerID, now);
        engines.get(providerID)?.setPairs(now);
        const link = peering.links().find((each) => each.clusterID === providerID);
        if (link !== undefined) endpoints.setPairs(link, now);
      },
    },
    signal,
  );
  const kubelet = openKubelet(
    {
      source,
      namespace,
      listen: flags.kubelet,
      address: replica.address,
      log: log.room('kubelet'),
      podTarget: (podNamespace, name) => {
        for (const { link, runs } of engines.values()) {
          if (!runs(podNamespace, name)) continue;
          const pair = pairs.get(link.clusterID)?.find(({ local }) => local === podNamespace);
          if (pair !== undefined) return { link, remoteNamespace: pair.remote };
        }
        return undefined;
      },
      onOpen: () => {
        for (const each of engines.values()) each.networkMoved();
      },
    },
    signal,
  );
  const peering = startPeering(
    {
      source,
      identity,
      namespace,
      log: peeringLog,
      now,
      wallClock,
      random,
      openRemote: (credentials, remoteSignal) =>
        apiServerSource({
          credentials,
          fieldManager: 'offload-agent',
          identity: replica.identity,
          log: log.room('remote'),
          now,
          random,
          signal: remoteSignal,
        }),
      onLink: (link) => begin(link),
      onLeave: async (link, leaveSignal) => {
        await engines.get(link.clusterID)?.leave(leaveSignal, () => namespaces.withdraw(link));
      },
    },
    signal,
  );

  function begin(link: ProviderLink): void {
    const started = startEngines(
      {
        source,
        link,
        clusterID,
        address: () => replica.address,
        kubelet: () => kubelet.endpoint(),
        networkUp: () => endpoints.linkUp(link.clusterID),
        isOffloaded: (local) => offloadings.get(`${local}/offloading`) !== undefined,
        log,
        now,
        wallClock,
        random,
      },
      link.signal,
    );
    engines.set(link.clusterID, started);
    tellNetworking();
    if (linksKnown) namespaces.setLinks(peering.links());
    link.signal.addEventListener(
      'abort',
      () => {
        if (engines.get(link.clusterID) !== started) return;
        engines.delete(link.clusterID);
        pairs.delete(link.clusterID);
        if (signal.aborted) return;
        endpoints.removeLink(link.clusterID);
        if (linksKnown) namespaces.setLinks(peering.links().filter((each) => each !== link));
      },
      { once: true },
    );
  }

  void linksOfBefore().catch((error: unknown) => {
    if (!signal.aborted) log.error({ error }, 'the peerings of before could not be counted');
  });
  /** Nothing is said of namespaces before the links of before a restart are there again, or had time to be. */
  async function linksOfBefore(): Promise<void> {
    const known = await source.readList(secrets, { namespace });
    const expected = known.filter(({ metadata }) => metadata.name.startsWith('peering-')).length;
    const deadline = now() + linksGraceMs;
    while (peering.links().length < expected && now() < deadline) await pause(50, undefined, { signal });
    linksKnown = true;
    namespaces.setLinks(peering.links());
  }

  if (!signal.aborted) await once(signal, 'abort');
  await Promise.allSettled([
    peering.drained,
    tenancy.drained,
    provider.drained,
    namespaces.drained,
    endpoints.drained,
    kubelet.closed,
    ...[...engines.values()].map(({ drained }) => drained),
  ]);
}
