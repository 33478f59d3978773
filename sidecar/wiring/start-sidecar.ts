import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { probe } from '#core/probe/probe.ts';
import type { Surroundings } from '#core/program/run-daemon.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { explain } from '#sidecar/admin/explain.ts';
import { hostList, peerList } from '#sidecar/admin/reports.ts';
import { startAdmin } from '#sidecar/admin/start-admin.ts';
import { startMetrics } from '#sidecar/admin/start-metrics.ts';
import type { EdgeProblem } from '#sidecar/edge/errors.ts';
import { nameServerName } from '#sidecar/edge/names.ts';
import { startFleet } from '#sidecar/fleet/fleet.ts';
import { startObserver } from '#sidecar/observe/start-observer.ts';
import { startPlaces } from '#sidecar/places/start-places.ts';
import { adopt } from '#sidecar/plan/adopt.ts';
import { createClientWatch } from '#sidecar/plan/client-watch.ts';
import { createPlanner, type PlannerInput } from '#sidecar/plan/planner.ts';
import { startProber } from '#sidecar/probe/start-prober.ts';
import { startPublisher } from '#sidecar/publish/start-publisher.ts';
import { choose } from '#sidecar/serve/choose.ts';
import { startDnsServer } from '#sidecar/serve/server.ts';
import { createAlarm } from './alarm.ts';
import type { SidecarFlags } from './flags.ts';
import { inTurns } from './in-turns.ts';
import { joinEdge } from './join-edge.ts';
import { joinMemory } from './join-memory.ts';
import { fleetMembers, knownGeoTags } from './members.ts';
import { folderUid, openSource } from './open-source.ts';
import { joinRemembered, rememberedOf } from './remembered.ts';
import { sidecarMetrics } from './sidecar-metrics.ts';
import { tellOfHold } from './tell-of-hold.ts';

/** How long the first answers wait for the word of other clusters, so that a restart does not change them. */
const peersGraceMs = 1_000;
/** The same while those that answer are still being asked: thousands of hosts take some seconds. */
const catchUpGraceMs = 5_000;
/** How long statuses wait for that: what is written of half the fleet would have to be written again. */
const statusGraceMs = 30_000;

const noPlaces = 'The sidecar was not given a place database; start it with --geoip-db FILE.';

/** How often it is looked at who asked. */
const tallyMs = 30_000;

/** How often it is looked, while the lists come, about which hosts to ask the others. */
const askingMs = 500;

/** How long they wait for the place database to be read. */
const placesGraceMs = 5_000;

/**
 * Joins the rooms and runs until the signal aborts. Resolves when everything is closed; rejects only for what no
 * waiting mends (no kubeconfig, an admin port that is taken).
 */
export async function startSidecar(flags: SidecarFlags, around: Surroundings): Promise<void> {
  const { version, env, output, signal } = around;
  const { geoTag, logLevel: level, logFormat: format } = flags;
  const log = createLogger({ name: 'gslb-sidecar', destination: output, level, format });
  // Ends the rooms, after what must still be said (the Lease) was said.
  const rooms = new AbortController();
  const closing: Promise<unknown>[] = [];
  const now = () => performance.now();
  let answering = false;
  let publishing = false;
  try {
    const dnsLog = log.room('dns');
    const dns = await startDnsServer(
      {
        listen: flags.listen.length > 0 ? flags.listen : { port: 53, everyGlobalAddress: true },
        io: flags.dnsIo,
        threads: flags.dnsThreads,
        rateLimits: flags.rateLimits,
        tcpLimits: flags.tcpLimits,
        identity: flags.identity,
        subnetTrust: flags.subnetTrust,
        queryLog: flags.queryLog,
        log: dnsLog,
        onProblem: (problem) => dnsLog.warn({ ...problem }, problem.message),
      },
      rooms.signal,
    );
    const planner = createPlanner();
    let clusterUid = () => (flags.source.kind === 'folder' ? folderUid(flags.source.directory) : '');
    const memory = joinMemory({
      directory: flags.stateDirectory,
      geoTag,
      uid: () => clusterUid(),
      planner,
      ageMs: () => observer.ageMs(),
      held: () => observer.held(),
      probes: () => prober.words(),
      now,
      log: log.room('memory'),
    });
    closing.push(once(rooms.signal, 'abort').then(memory.close));
    if (memory.first !== undefined) dns.patch(memory.first);
    const opened = await openSource(flags, { env, log, signal: rooms.signal, onWriter: () => writeAll() });
    const { source, uid, isWriter } = opened;
    clusterUid = uid;
    const plan = inTurns(planNow, rooms.signal);
    const places =
      flags.places &&
      startPlaces(
        {
          ...flags.places,
          log: log.room('places'),
          onLoad: (_database, tree) => {
            dns.setPlaces(tree);
            plan([]);
          },
          // What geoip hosts say of it.
          onProblem: () => plan([]),
        },
        rooms.signal,
      );
    if (places !== undefined) closing.push(places.done);
    const clients = createClientWatch();
    const tally = setInterval(() => {
      const changed = clients.add(dns.takeTallies(), Date.now());
      if (changed.length > 0) plan(changed);
    }, tallyMs);
    rooms.signal.addEventListener('abort', () => clearInterval(tally));
    const alarm = createAlarm(() => plan(planner.reconsider(Date.now())), rooms.signal);

    const prober = startProber(
      {
        probe,
        now,
        random: Math.random,
        onMoved: (names) => {
          observer.probesMoved(names);
          memory.touch();
        },
        before: memory.probes,
      },
      rooms.signal,
    );
    const observer = startObserver(
      {
        source,
        geoTag,
        ingressSelector: flags.ingressSelector,
        sidecarSelector: flags.sidecarSelector,
        legacyApi: flags.legacyApi,
        ingressGslbGroup: flags.ingressGslbGroup,
        dnsAddresses: flags.dnsAddresses,
        ...(flags.resolvers === undefined ? {} : { resolvers: flags.resolvers }),
        checks: {
          prober,
          probe: flags.probe,
          now: () => ({ monotonicMs: now(), wallMs: Date.now() }),
        },
        massDeleteHoldMs: flags.massDeleteHoldMs,
        held: memory.held,
        crds: flags.source.kind === 'cluster',
        onChange: ({ zones, dnsAddresses, hosts, gslbs, hostNames, policies, clusters, hold }) => {
          plan(hosts);
          publish(gslbs);
          publisher.touchPolicies(policies);
          publishMembers(clusters.has(geoTag) ? [...members(), ...clusters] : clusters);
          if (hosts.size > 0) publishMembers([geoTag]);
          if (zones || hold) publisher.touchZones();
          if (hold || observer.hold() !== undefined) memory.touch();
          if (hold) tellOfHold(observer.hold(), holdTeller);
          if (zones || dnsAddresses) edge.kick();
          if (hostNames) fleet.kick();
        },
      },
      rooms.signal,
    );
    const holdTeller = {
      source,
      isWriter,
      hasZones: () => [...observer.zoneDelegations()].length > 0,
      namespace: env['POD_NAMESPACE'] ?? 'gslb-system',
      log,
    };
    const edgeProblems = new Map<string, EdgeProblem>();
    const edge = joinEdge(
      {
        flags,
        log: log.room('edge'),
        desired: () => ({ ...observer.view(), ownerText: `${uid()} 1` }),
        isWriter,
        onDelegation: () => {
          observer.setGeoTags(knownGeoTags(flags, edge.delegations()));
          fleet.kick();
          plan([]);
          publishMembers(members());
          publisher.touchZones();
        },
        onProblem: (zone, problem) => {
          if (problem === undefined) edgeProblems.delete(zone);
          else edgeProblems.set(zone, problem);
          publisher.touchZones();
        },
      },
      rooms.signal,
    );
    const fleet = startFleet(
      {
        geoTag,
        members: () => fleetMembers(flags, edge.delegations()),
        hosts: observer.knownHosts,
        now,
        random: randomBytes,
        log: log.room('fleet'),
        onChange: (member, hosts) => {
          plan(hosts);
          publishMembers([member]);
        },
      },
      rooms.signal,
    );
    const publisher = startPublisher(
      {
        source,
        knowledge: { ...observer, decision: planner.decision },
        edge: (zone) => ({
          kept: flags.edge.kind !== 'none',
          delegation: edge.delegations().get(zone.name),
          ownNameServer: nameServerName(geoTag, zone),
          problem: edgeProblems.get(zone.name),
        }),
        members: { ...observer, peers: fleet.peers },
        policies: observer,
        ingressGslbGroup: flags.ingressGslbGroup,
        isWriter,
        log: log.room('publish'),
        now: () => new Date(),
        random: Math.random,
      },
      rooms.signal,
    );
    closing.push(edge.done, fleet.done);

    /** Decides about these hosts again, and serves and publishes what came out differently. */
    function planNow(hosts: Iterable<string>): void {
      if (!answering) return;
      const { view, ...known } = plannerInput();
      const { patch, decisions, others } = planner.plan(hosts, { view, ...known });
      alarm.set(planner.nextReconsiderMs());
      const served = memory.decided(patch);
      if (served !== undefined) dns.patch(served);
      if (decisions.size > 0) memory.touch();
      const touched = [...decisions.keys()].flatMap((host) => view.hosts.get(host)?.gslb ?? []);
      publish(touched.map(({ group, namespace, name }) => `${group}/${namespace}/${name}`));
      if (others.size > 0) plan(others);
    }

    function plannerInput(): PlannerInput {
      return {
        view: observer.view(),
        peers: fleet.peers(),
        delegations: edge.delegations(),
        ownNameServer: (zone) => nameServerName(geoTag, zone),
        places: places?.database(),
        whyNoPlaces: places === undefined ? noPlaces : places.whyNone(),
        coarseClients: clients.isCoarse,
        nowMs: Date.now(),
      };
    }

    /** Not before the first answers: until then a status would say that nothing answers. */
    function publish(gslbs: Iterable<string>): void {
      if (publishing) publisher.touch(gslbs);
    }

    /** Geotags of this cluster and of all others. */
    function members(): readonly string[] {
      return [geoTag, ...fleet.peers().map((peer) => peer.geoTag)];
    }

    /** As late: how many hosts a cluster has is not known before. */
    function publishMembers(geoTags: Iterable<string>): void {
      if (publishing) publisher.touchMembers(geoTags);
    }

    function writeAll(): void {
      edge.kick();
      publishMembers(members());
      publisher.touchPolicies(observer.policyKeys());
      publish(observer.view().gslbs.keys());
      publisher.touchZones();
    }

    async function answerFirst(): Promise<void> {
      // While the lists come the others are asked about the hosts of which statuses tell.
      const asking = setInterval(() => fleet.kick(), askingMs);
      try {
        await observer.synced;
      } finally {
        clearInterval(asking);
      }
      // A large database takes some seconds; answers without it are better than none.
      if (places !== undefined)
        await Promise.race([places.tried, pause(placesGraceMs, undefined, { signal: rooms.signal })]);
      const begin = now();
      const heard = () => {
        const known = fleet.peers().filter(({ state }) => state !== 'unknown');
        const tags = new Set(known.map((peer) => peer.geoTag));
        // Who the other clusters are stands in the delegations.
        const read = observer.view().zones.every(({ name }) => edge.delegations().has(name));
        return (
          read &&
          fleetMembers(flags, edge.delegations())
            .keys()
            .every((tag) => tags.has(tag))
        );
      };
      const graceMs = () => (heard() ? (fleet.isCaughtUp() ? 0 : catchUpGraceMs) : peersGraceMs);
      while (now() - begin < graceMs()) await pause(20, undefined, { signal: rooms.signal });
      answering = true;
      const { hosts, zones, gslbs } = observer.view();
      if (memory.isForeign()) observer.endHold();
      const kept = memory.remembered();
      for (const [host, remembered] of kept) planner.remember(host, remembered);
      for (const key of gslbs.keys()) {
        const gslb = observer.gslb(key);
        if (gslb === undefined) continue;
        for (const [host, remembered] of rememberedOf(gslb))
          planner.remember(host, joinRemembered(remembered, kept.get(host)));
      }
      // All at once: what is not in the first patch and was saved is answered no more.
      planNow(hosts.keys());
      edge.kick();
      log.info({ hosts: hosts.size, zones: zones.map(({ name }) => name) }, 'answering');
      while (!fleet.isCaughtUp() && now() - begin < statusGraceMs)
        await pause(20, undefined, { signal: rooms.signal });
      publishing = true;
      writeAll();
    }

    const unhealthy = () => (dns.isStuck() ? ['a DNS thread hangs'] : []);
    if (flags.admin !== undefined) {
      const admin = await startAdmin(
        {
          listen: flags.admin,
          version,
          hosts: () => hostList(observer.view(), fleet.peers(), planner.decision),
          peers: () => peerList(geoTag, fleet.peers()),
          explain: (host, client) =>
            explain({
              host,
              client,
              view: observer.view(),
              peers: fleet.peers(),
              decision: planner.decision,
              adopted: (name) => adopt(name, fleet.peers()),
              run: (name, address) => planner.explain(name, plannerInput(), address),
              scopeBits: ({ a, aaaa }, address) =>
                Math.max(...[a, aaaa].map((one) => choose(one, address, places?.tree(), 0)?.scopeBits ?? 0)),
            }),
          unhealthy,
          notReady: () => [
            ...unhealthy(),
            ...(answering || memory.savedAtMs() !== undefined
              ? []
              : ['waiting for the objects of this cluster']),
            ...(observer.view().zones.length === 0 || dns.counters().snapshot.zones > 0
              ? []
              : ['the DNS thread has no answers yet']),
            ...(dns.listening().length > 0 ? [] : ['no address could be bound for DNS']),
          ],
        },
        rooms.signal,
      );
      closing.push(admin.closed);
    }
    if (flags.metrics !== undefined) {
      const metrics = sidecarMetrics({ dns, fleet, observer, prober, memory, places, now: Date.now });
      const { contentType } = metrics;
      const listener = await startMetrics(
        { listen: flags.metrics, metricsText: metrics.text, contentType },
        rooms.signal,
      );
      closing.push(listener.closed);
    }
    closing.push(
      answerFirst().catch((error: unknown) => {
        if (!rooms.signal.aborted) log.error({ error }, 'the first answers could not be made');
      }),
      once(rooms.signal, 'abort').then(() => dns.close()),
    );

    if (!signal.aborted) await once(signal, 'abort');
    await opened.release();
  } finally {
    rooms.abort();
    await Promise.allSettled(closing);
  }
}
