import type { Ask, Endpoint } from './ask.ts';

/** A question without reply for so long is repeated, at the peer's next address where it has several. */
export const repeatAfterMs = 250;
/** A peer without any reply for so long is silent. */
export const silentAfterMs = 3_000;

/** Which of a peer's addresses to ask, and whether any of them still replies. Times are awake milliseconds. */
export interface Liveness {
  setServers(servers: readonly Endpoint[]): void;
  /** The addresses; empty when none is known. */
  servers(): readonly Endpoint[];
  /** The address that replies, as far as is known; undefined when there is none. */
  preferred(): Endpoint | undefined;
  sent(ask: Ask): void;
  /** Asks whose reply is waited for. */
  open(): number;
  /** There is something to ask and no address to ask at: as good as silence. */
  nowhereToAsk(nowMs: number): void;
  heard(ask: Ask, nowMs: number): void;
  /** Takes out the asks that stayed unanswered too long, and turns to the next address when one fell quiet. */
  takeUnanswered(nowMs: number): readonly Ask[];
  isSilent(nowMs: number): boolean;
  /** Nothing is asked of the peer any more: nothing is to be concluded from its silence. */
  stopWaiting(): void;
}

export function createLiveness(): Liveness {
  let servers: readonly Endpoint[] = [];
  let preferred = 0;
  const heardAtMs = new Map<Endpoint, number>();
  /** Asks without a reply, oldest first. */
  const open = new Set<Ask>();
  /** When the first question was sent that had no reply of any kind after it. */
  let waitingSinceMs: number | undefined;

  /** True when the address has replied to nothing sent at that time or later. */
  const quietSince = (server: Endpoint | undefined, sinceMs: number) =>
    server === undefined || (heardAtMs.get(server) ?? Number.NEGATIVE_INFINITY) < sinceMs;

  return {
    setServers(next) {
      const current = servers[preferred];
      servers = next.map((to) => servers.find((from) => sameEndpoint(from, to)) ?? to);
      preferred = current === undefined ? 0 : Math.max(0, servers.indexOf(current));
      for (const server of heardAtMs.keys()) if (!servers.includes(server)) heardAtMs.delete(server);
    },
    servers: () => servers,
    preferred: () => servers[preferred],

    open: () => open.size,

    sent(ask) {
      open.add(ask);
      waitingSinceMs ??= ask.sentAtMs;
    },

    nowhereToAsk(nowMs) {
      waitingSinceMs ??= nowMs;
    },

    heard(ask, nowMs) {
      open.delete(ask);
      waitingSinceMs = undefined;
      heardAtMs.set(ask.server, nowMs);
      if (quietSince(servers[preferred], ask.sentAtMs)) preferred = servers.indexOf(ask.server);
    },

    takeUnanswered(nowMs) {
      const unanswered: Ask[] = [];
      for (const ask of open) {
        if (nowMs - ask.sentAtMs < repeatAfterMs) break;
        open.delete(ask);
        unanswered.push(ask);
        if (servers[preferred] === ask.server && quietSince(ask.server, ask.sentAtMs))
          preferred = (preferred + 1) % servers.length;
      }
      return unanswered;
    },

    isSilent: (nowMs) => waitingSinceMs !== undefined && nowMs - waitingSinceMs >= silentAfterMs,

    stopWaiting() {
      waitingSinceMs = undefined;
      open.clear();
    },
  };
}

function sameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
