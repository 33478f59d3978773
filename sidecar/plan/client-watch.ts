import type { ClientTally } from '#sidecar/model/client-tally.ts';

/**
 * When the clients of a name are so coarse that what is asked of it cannot come out.
 *
 * Clients behind one resolver get one answer as long as it keeps it, so of k networks that ask without a subnet each
 * moves a k-th of the clients: a cluster that is to have half of them is off by √(¼/k), 18 points of a hundred at 8
 * networks and 12 at 16. Up to 8 is coarse, and stays so until there are more than 16, so that it does not flap where
 * the estimate (64 bits, linear counting: ±1 at 8, ±2 at 16) wavers.
 *
 * At the usual TTL of 30 s a resolver that is never idle asks 240 times in an hour, for A and AAAA. 200 queries in one
 * are thus use by clients, even of a single resolver; a monitor that asks three times a minute stays below.
 */
const coarse = {
  /** A window is judged when it is that old and has enough queries, */
  windowMs: 600_000,
  /** and ends unjudged when it is that old without: then nothing is coarse. */
  longestMs: 3_600_000,
  leastQueries: 200,
  mostNetworks: 8,
  /** So many are needed, and one more, for it to end. */
  endNetworks: 16,
  /** Share of the queries that are for a subnet, below which it begins; at twice as much it ends. */
  mostForSubnet: 0.25,
} as const;

/** What was counted of a name since `sinceMs`. */
export interface ClientWindow extends Omit<ClientTally, 'name'> {
  /** ms since 1970. */
  readonly sinceMs: number;
}

/** Whether the clients are coarse, or that the window goes on. `was`: what the last window said. */
export function judgeWindow(window: ClientWindow, was: boolean, nowMs: number): boolean | 'open' {
  const { sinceMs, forAll, forSubnet, networks } = window;
  const ageMs = nowMs - sinceMs;
  if (ageMs < coarse.windowMs) return 'open';
  const queries = forAll + forSubnet;
  if (queries < coarse.leastQueries) return ageMs < coarse.longestMs ? 'open' : false;
  const forSubnetShare = forSubnet / queries;
  const few = networksOf(networks) <= (was ? coarse.endNetworks : coarse.mostNetworks);
  return few && forSubnetShare <= coarse.mostForSubnet * (was ? 2 : 1);
}

/** How many networks set the bits (linear counting, Whang 1990); Infinity when all are set. */
export function networksOf([low, high]: ClientTally['networks']): number {
  const empty = 64 - bits(low) - bits(high);
  return 64 * Math.log(64 / empty);
}

function bits(word: number): number {
  let left = word;
  let count = 0;
  for (; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** Watches from how many networks the clients of each name come. */
export interface ClientWatch {
  /** Takes in what was counted since the last call; call it some times in a window. Returns the names whose word changed. */
  add(tallies: Iterable<ClientTally>, nowMs: number): readonly string[];
  isCoarse(name: string): boolean;
}

export function createClientWatch(): ClientWatch {
  const windows = new Map<string, ClientWindow>();
  const coarseNames = new Set<string>();
  return {
    isCoarse: (name) => coarseNames.has(name),
    add(tallies, nowMs) {
      for (const tally of tallies) windows.set(tally.name, joined(windows.get(tally.name), tally, nowMs));
      const changed: string[] = [];
      for (const [name, window] of windows) {
        const was = coarseNames.has(name);
        const is = judgeWindow(window, was, nowMs);
        if (is === 'open') continue;
        // The next one begins with its first query; a coarse one must end even if nobody asks any more.
        if (is) windows.set(name, { sinceMs: nowMs, forAll: 0, forSubnet: 0, networks: [0, 0] });
        else windows.delete(name);
        if (is === was) continue;
        if (is) coarseNames.add(name);
        else coarseNames.delete(name);
        changed.push(name);
      }
      return changed;
    },
  };
}

function joined(window: ClientWindow | undefined, tally: ClientTally, nowMs: number): ClientWindow {
  const { forAll, forSubnet, networks } = tally;
  if (window === undefined) return { sinceMs: nowMs, forAll, forSubnet, networks };
  return {
    sinceMs: window.sinceMs,
    forAll: window.forAll + forAll,
    forSubnet: window.forSubnet + forSubnet,
    networks: [window.networks[0] | networks[0], window.networks[1] | networks[1]],
  };
}
