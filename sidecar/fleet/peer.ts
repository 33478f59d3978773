import type { PeerState, PeerView } from '#sidecar/model/peer-view.ts';
import type { Ask, Endpoint, Question, Reply } from './ask.ts';
import { createLiveness, repeatAfterMs, silentAfterMs } from './liveness.ts';
import { createSchedule } from './schedule.ts';

/** A host whose answers alone stay away for so many periods is withdrawn, though its peer answers others. */
const staleAfterPeriods = 10;
/** So often a question that has never had a reply is repeated; after that it is repeated as any other. */
const firstRepeats = 20;
/**
 * So many new questions and repeats are under way at least, and at most. Between them as many as come back: datagrams
 * for which a socket, the peer's or ours, has no room are lost, and a loss costs more than the wait.
 */
const window = { least: 32, most: 512, first: 128 };
/** How often hosts are looked through for that. */
const staleLookMs = 1_000;

/** What is known of one other cluster, and what to ask it next. No I/O; times are milliseconds of an awake clock. */
export interface Peer {
  setServers(servers: readonly Endpoint[]): void;
  setHosts(hosts: ReadonlySet<string>): void;
  /** To be called every 50 ms or so, and after replies while it catches up: questions to send now. */
  tick(nowMs: number): readonly Ask[];
  /** Whether more questions wait than may be under way: each reply makes room for some. */
  isCatchingUp(): boolean;
  /** A reply to an ask, at any time after it; one to an older ask than was believed already is ignored. */
  replied(ask: Ask, reply: Reply, nowMs: number): void;
  /** Hosts whose addresses changed since the last call; empty when only the state did, undefined when nothing did. */
  takeChanges(): ReadonlySet<string> | undefined;
  /** Its hosts are kept up to date in place; another view says that something changed. */
  view(): PeerView;
  /** Whether it has replied to every question once, or has replied to nothing for 3 s. */
  isCaughtUp(): boolean;
  /** How often each question is asked. */
  periodMs(): number;
}

interface Slot extends Question {
  addresses: readonly string[];
  /** When the ask was sent whose reply was believed last. */
  believedAskMs: number;
  heardAtMs: number;
  /** Before its first reply. */
  repeats: number;
}

export function createPeer(geoTag: string): Peer {
  const slots = new Map<string, readonly [Slot, Slot]>();
  /** What the view shows: kept up host by host, since with thousands of hosts one of them changes often. */
  const shown = new Map<string, readonly string[]>();
  const schedule = createSchedule<Slot>();
  const liveness = createLiveness();
  let state: PeerState = 'unknown';
  let lastGoodMs = Number.NEGATIVE_INFINITY;
  /** Set while silent: only single questions are sent, to see it return. */
  let probing: { lastMs: number; count: number } | undefined;
  let changes: Set<string> | undefined;
  let view: PeerView | undefined;
  let quiet = false;
  let lookedForStaleMs = Number.NEGATIVE_INFINITY;
  let underWay = window.first;
  let narrowedMs = Number.NEGATIVE_INFINITY;

  function enter(next: PeerState): void {
    if (state === next) return;
    state = next;
    changes ??= new Set();
    view = undefined;
  }

  function setAddresses(slot: Slot, addresses: readonly string[]): void {
    if (sameList(slot.addresses, addresses)) return;
    slot.addresses = addresses;
    show(slot.host);
    changes = (changes ?? new Set()).add(slot.host);
    view = undefined;
  }

  function show(host: string): void {
    const addresses = (slots.get(host) ?? []).flatMap((slot) => slot.addresses);
    if (addresses.length === 0) shown.delete(host);
    else shown.set(host, [...new Set(addresses)].sort());
  }

  function withdraw(which: (slot: Slot) => boolean): void {
    for (const pair of slots.values())
      for (const slot of pair) if (slot.addresses.length > 0 && which(slot)) setAddresses(slot, []);
  }

  /** One question each 250 ms, another address and another host each time. */
  function probe(nowMs: number): readonly Ask[] {
    probing ??= { lastMs: Number.NEGATIVE_INFINITY, count: 0 };
    const servers = liveness.servers();
    if (nowMs - probing.lastMs < repeatAfterMs || servers.length === 0 || slots.size === 0) return [];
    probing.lastMs = nowMs;
    probing.count += 1;
    const server = servers[probing.count % servers.length] as Endpoint;
    const [question] = [...slots.values()][probing.count % slots.size] as readonly [Slot, Slot];
    return [{ question, server, sentAtMs: nowMs, attempt: 1 }];
  }

  return {
    setServers: liveness.setServers,

    setHosts(hosts) {
      const before = slots.size;
      for (const host of slots.keys()) {
        if (hosts.has(host)) continue;
        slots.delete(host);
        shown.delete(host);
      }
      const kept = slots.size;
      for (const host of hosts) if (!slots.has(host)) slots.set(host, newSlots(host));
      if (kept === before && slots.size === before) return;
      schedule.replace([...slots.values()].flat());
      if (slots.size === 0) liveness.stopWaiting();
      view = undefined;
    },

    tick(nowMs) {
      const limit = Math.max(2, liveness.servers().length);
      const unanswered = liveness.takeUnanswered(nowMs);
      for (const { question, attempt } of unanswered)
        if (attempt < limit || mayRepeat(question as Slot)) schedule.askSoon(question as Slot, attempt + 1);
      if (unanswered.length > 0 && nowMs - narrowedMs >= repeatAfterMs) {
        narrowedMs = nowMs;
        underWay = Math.max(window.least, Math.floor(underWay / 2));
      }
      const turns = schedule.due(nowMs, Math.max(0, underWay - liveness.open()));
      quiet = liveness.isSilent(nowMs);
      if (quiet) {
        if (state !== 'unknown') enter('silent');
        withdraw(() => true);
        return probe(nowMs);
      }
      if (nowMs - lookedForStaleMs >= staleLookMs) {
        lookedForStaleMs = nowMs;
        const staleMs = staleAfterPeriods * schedule.periodMs();
        withdraw((slot) => nowMs - slot.heardAtMs >= staleMs);
      }
      const server = liveness.preferred();
      if (server === undefined) {
        if (slots.size > 0) liveness.nowhereToAsk(nowMs);
        return [];
      }
      return turns.map(({ question, attempt }) => {
        const ask = { question, server, sentAtMs: nowMs, attempt };
        liveness.sent(ask);
        return ask;
      });
    },

    replied(ask, reply, nowMs) {
      const slot = ask.question as Slot;
      const pair = slots.get(slot.host);
      if (!pair?.includes(slot) || !liveness.servers().includes(ask.server)) return;
      liveness.heard(ask, nowMs);
      underWay = Math.min(window.most, underWay + 1);
      if (probing) for (const other of [...slots.values()].flat()) schedule.askSoon(other, 1);
      probing = undefined;
      schedule.forgetRepeat(slot);
      if (reply.kind === 'truncated') return;
      if (reply.kind === 'error') {
        slot.heardAtMs = nowMs;
        if (state !== 'answering' || nowMs - lastGoodMs >= silentAfterMs) enter('refusing');
        return;
      }
      lastGoodMs = nowMs;
      enter('answering');
      for (const told of reply.kind === 'no-name' ? pair : [slot]) {
        if (ask.sentAtMs < told.believedAskMs) continue;
        told.believedAskMs = ask.sentAtMs;
        told.heardAtMs = nowMs;
        setAddresses(told, reply.kind === 'no-name' ? [] : reply.addresses);
      }
    },

    takeChanges() {
      const taken = changes;
      changes = undefined;
      return taken;
    },

    view() {
      view ??= { geoTag, state, hosts: shown };
      return view;
    },

    isCaughtUp: () => quiet || slots.values().every((pair) => !pair.some(isUnheard)),

    isCatchingUp: () => !quiet && schedule.waiting() > 0,

    periodMs: schedule.periodMs,
  };
}

const isUnheard = ({ heardAtMs }: Slot): boolean => heardAtMs === Number.NEGATIVE_INFINITY;

function mayRepeat(slot: Slot): boolean {
  slot.repeats += 1;
  return isUnheard(slot) && slot.repeats <= firstRepeats;
}

function newSlots(host: string): readonly [Slot, Slot] {
  const never = Number.NEGATIVE_INFINITY;
  const slot = (type: Question['type']): Slot => ({
    host,
    type,
    addresses: [],
    believedAskMs: never,
    heardAtMs: never,
    repeats: 0,
  });
  return [slot('A'), slot('AAAA')];
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}
