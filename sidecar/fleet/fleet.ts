import type { Logger } from '#core/telemetry/logger.ts';
import type { Name } from '#core/wire/name.ts';
import { parseName } from '#core/wire/name-text.ts';
import type { PeerState, PeerView } from '#sidecar/model/peer-view.ts';
import type { Ask, Endpoint } from './ask.ts';
import { type AskerCounters, openAsker } from './asker.ts';
import { createAwakeClock } from './awake-clock.ts';
import { createPeer, type Peer } from './peer.ts';

const tickMs = 50;
/** How often members are looked at without being told of a change. */
const refreshMs = 1_000;

export interface FleetOptions {
  /** Own geotag; a member of that name is not asked. */
  readonly geoTag: string;
  /** Addresses of the members' DNS servers, by geotag. */
  readonly members: () => ReadonlyMap<string, readonly Endpoint[]>;
  /** Hosts to ask for: lower-case, no trailing dot. Read at the start, and after `kick()`. */
  readonly hosts: () => Iterable<string>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Unpredictable octets: `randomBytes` of node:crypto. */
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly log: Logger;
  /**
   * Called when what `peers()` says of a peer has changed, with the hosts whose addresses did (none when only
   * its state did); also when a member has left, with all that it had. Must not throw.
   */
  readonly onChange: (geoTag: string, hosts: ReadonlySet<string>) => void;
}

/** What one member has been asked and has said, for metrics. */
export interface PeerStatistics {
  readonly geoTag: string;
  readonly state: PeerState;
  /** How often each question is asked: 1,000 ms, longer above 2,000 questions. */
  readonly periodMs: number;
  readonly asked: number;
  readonly replies: number;
  /** Addresses that no cluster may hand out (loopback, multicast, …) or beyond 64 per host. */
  readonly refusedAddresses: number;
}

/** The other clusters, as they are known here. */
export interface Fleet {
  /** One per member other than this one, sorted by geotag. What did not change keeps its identity. */
  peers(): readonly PeerView[];
  /**
   * Whether every peer has replied once to all that it was asked, or is silent: with many hosts that takes seconds. Not
   * so while a kick is still to be followed.
   */
  isCaughtUp(): boolean;
  /** Members or hosts have changed: new ones are asked at once. Members are looked at each second besides. */
  kick(): void;
  statistics(): { readonly peers: readonly PeerStatistics[]; readonly socket: AskerCounters | undefined };
  /** Resolves when everything is closed, after the signal has aborted. */
  readonly done: Promise<void>;
}

/**
 * Asks every other member each second for `localtargets-<host>`, A and AAAA: k8gb's contract between clusters, by
 * which a member hands out its own healthy addresses, and none while it is unhealthy or drained.
 */
export function startFleet(options: FleetOptions, signal: AbortSignal): Fleet {
  const { geoTag, members, hosts, random, log, onChange } = options;
  const now = createAwakeClock(options.now);
  const entries = new Map<string, Entry>();
  const names = new Map<string, Name | undefined>();
  let asker: Awaited<ReturnType<typeof openAsker>> | undefined;
  let kicked = false;
  let tellingSoon = false;
  let refreshedMs = Number.NEGATIVE_INFINITY;
  let askable: ReadonlySet<string> = new Set();

  function refreshHosts(): void {
    const all = new Set(hosts());
    // Kicked as it is several times while thousands are listed.
    if (all.size === names.size && all.isSubsetOf(names)) return;
    for (const host of names.keys()) if (!all.has(host)) names.delete(host);
    askable = new Set([...all].filter(nameFor));
  }

  function refresh(): void {
    refreshedMs = now();
    const wanted = members();
    for (const [tag, { peer }] of entries) {
      if (wanted.has(tag)) continue;
      entries.delete(tag);
      log.info({ peer: tag }, 'the peer is no member any more');
      onChange(tag, new Set(peer.view().hosts.keys()));
    }
    for (const [tag, servers] of wanted) {
      if (tag === geoTag) continue;
      const entry = entries.get(tag) ?? newEntry(tag);
      entries.set(tag, entry);
      entry.peer.setServers(servers);
      if (entry.askable === askable) continue;
      entry.askable = askable;
      entry.peer.setHosts(askable);
    }
  }

  function nameFor(host: string): Name | undefined {
    if (!names.has(host)) {
      const name = parseName(`localtargets-${host}`);
      if (!name.ok)
        log.warn({ host, code: name.error.code }, `peers cannot be asked for a host. ${name.error.message}`);
      names.set(host, name.ok ? name.value : undefined);
    }
    return names.get(host);
  }

  function tick(): void {
    asker?.expire();
    if (now() - refreshedMs >= refreshMs) refresh();
    for (const entry of entries.values()) {
      askNow(entry);
      tellChanges(entry);
    }
  }

  function askNow(entry: Entry): void {
    for (const ask of entry.peer.tick(now())) send(entry, ask);
  }

  function send(entry: Entry, ask: Ask): void {
    const name = names.get(ask.question.host);
    if (!name || !asker) return;
    entry.asked += 1;
    asker.ask(ask.server, name, ask.question.type, ({ reply, refusedAddresses }) => {
      entry.replies += 1;
      if (refusedAddresses > 0 && entry.refusedAddresses === 0)
        log.warn(
          { peer: entry.tag, host: ask.question.host, server: ask.server },
          'the peer hands out addresses that no cluster can have, or more than 64; they are ignored',
        );
      entry.refusedAddresses += refusedAddresses;
      entry.peer.replied(ask, reply, now());
      tellSoon();
    });
  }

  /** Replies come in bunches: those of one turn of the event loop are told together, and make room for questions. */
  function tellSoon(): void {
    if (tellingSoon) return;
    tellingSoon = true;
    setImmediate(() => {
      tellingSoon = false;
      if (signal.aborted) return;
      for (const entry of entries.values()) {
        if (entry.peer.isCatchingUp()) askNow(entry);
        tellChanges(entry);
      }
    });
  }

  function tellChanges(entry: Entry): void {
    const changes = entry.peer.takeChanges();
    if (!changes) return;
    const { state } = entry.peer.view();
    if (state !== entry.toldState) logState(log, entry.tag, state);
    entry.toldState = state;
    onChange(entry.tag, changes);
  }

  async function run(): Promise<void> {
    asker = await openAsker({ now, random }, signal);
    if (signal.aborted) return;
    refreshHosts();
    // Behind the replies that wait in the socket: after a stall they would count as lost.
    const timer = setInterval(() => setImmediate(() => !signal.aborted && tick()), tickMs);
    tick();
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(timer);
  }

  return {
    peers: () =>
      [...entries.values()]
        .map(({ peer }) => peer.view())
        .sort((one, other) => (one.geoTag < other.geoTag ? -1 : 1)),

    isCaughtUp: () => !kicked && entries.values().every(({ peer }) => peer.isCaughtUp()),

    kick() {
      if (kicked || !asker) return;
      kicked = true;
      // Not within the caller's own change: several kicks are one look, and onChange may kick.
      setImmediate(() => {
        kicked = false;
        if (signal.aborted) return;
        refreshHosts();
        refresh();
        tick();
      });
    },

    statistics: () => ({
      peers: [...entries.values()].map(({ tag, peer, asked, replies, refusedAddresses }) => ({
        geoTag: tag,
        state: peer.view().state,
        periodMs: peer.periodMs(),
        asked,
        replies,
        refusedAddresses,
      })),
      socket: asker?.counters(),
    }),

    done: run(),
  };
}

interface Entry {
  readonly tag: string;
  readonly peer: Peer;
  /** Hosts that it is asked for. */
  askable: ReadonlySet<string> | undefined;
  toldState: PeerState;
  asked: number;
  replies: number;
  refusedAddresses: number;
}

function newEntry(tag: string): Entry {
  return {
    tag,
    peer: createPeer(tag),
    askable: undefined,
    toldState: 'unknown',
    asked: 0,
    replies: 0,
    refusedAddresses: 0,
  };
}

function logState(log: Logger, tag: string, state: PeerState): void {
  if (state === 'answering') log.info({ peer: tag, state }, 'the peer answers');
  else if (state === 'refusing')
    log.warn({ peer: tag, state }, 'the peer replies with errors; its last addresses are kept');
  else log.warn({ peer: tag, state }, 'the peer has been silent for 3 s; its addresses are withdrawn');
}
