import type { Outcome } from '#core/probe/outcome.ts';
import { type ProbeTarget, specText, targetName } from '#core/probe/target.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import { isDown } from './merge.ts';
import { type Rank, Turns } from './turns.ts';
import { downAfter, firstWord, nextWord } from './word.ts';

export interface ProberOptions {
  /** One probe. */
  readonly probe: (target: ProbeTarget, timeoutMs: number, signal: AbortSignal) => Promise<Outcome>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** The verdicts of targets with these names may read differently now. Not called by `want` and `drop`. */
  readonly onMoved: (names: readonly string[]) => void;
  /** What a process before this one knew, by name: what was down is down until it passes. Default: nothing. */
  readonly before?: ReadonlyMap<string, ProbeWord>;
}

/** What probes say of a target. */
export type Verdict =
  | {
      readonly up: true;
      /** Absent: nothing is under way. */
      readonly mayChangeInSeconds?: number;
      /** It has been probed for 30 s and has never passed, and why. */
      readonly neverPassed?: string;
    }
  | {
      readonly up: false;
      /** For example `probe tcp:80 failed 3 times: connection refused`. */
      readonly why: string;
      /** The server itself said that it cannot. */
      readonly answered: boolean;
    };

export interface Prober {
  /**
   * Probes a target from now on.
   * @param own by the sidecar's own probe: these are never late, however many others there are
   */
  want(target: ProbeTarget, own: boolean): void;
  drop(target: ProbeTarget): void;
  /** Up while nothing is known. */
  verdict(target: ProbeTarget): Verdict;
  /** Whether it has not passed yet, and it is too early to say so. */
  isUndecided(target: ProbeTarget): boolean;
  /** What is known of targets that have passed once, by name. */
  words(): ReadonlyMap<string, ProbeWord>;
  statistics(): ProberStatistics;
}

export interface ProberStatistics {
  /** Probes that ended, by what they found. */
  readonly probes: ReadonlyMap<Outcome['kind'], number>;
  /** Targets by verdict now. */
  readonly targets: Readonly<Record<ProbeWord['state'], number>>;
  /** Nodes, by the sidecar's own probe. */
  readonly nodes: readonly { readonly address: string; readonly verdict: ProbeWord['state'] }[];
  /** How late the most overdue probe is, ms. */
  readonly lateMs: number;
}

const intervalMs = 1_000;
/** While an address is failing: so that it is down within 3 s, wherever in the interval it died. */
const failingIntervalMs = 700;
const timeoutMs = 500;
/** Probes at once, each with at most three connections. */
const mostRunning = 128;
/** Of each rank: others that nobody answers leave room for requests, and all of them for the sidecar's own. */
const mostOfRank = [mostRunning, 48, 48] as const;
const neverPassedAfterMs = 30_000;
/** When that is said at the latest, with probes that are late; a probe that cannot be made at all decides nothing. */
const decidedAfterMs = 40_000;
/** For how long it is remembered that a target was down when it was dropped. */
const keptMs = 600_000;

interface Watched {
  readonly target: ProbeTarget;
  readonly name: string;
  rank: Rank;
  word: ProbeWord;
  readonly sinceMs: number;
  /** Somebody asked for it, not only requests that go through it. */
  wanted: boolean;
  /** Of a request: the connection that it needs. */
  readonly base: Watched | undefined;
  /** Requests through this connection. */
  readonly above: Set<Watched>;
  /** It has a place in the turns, or is being probed. */
  waiting: boolean;
  gone: boolean;
  neverPassed: string | undefined;
}

/**
 * Probes every target each second. A request (HTTP, HTTPS) stands on a connection to its port, which is probed by
 * itself: where that is down all requests to it are, and are not made, so that thousands of hosts on a dead node cost
 * one probe.
 */
export function startProber(options: ProberOptions, signal: AbortSignal): Prober {
  const { now, random } = options;
  const watched = new Map<string, Watched>();
  const kept = new Map<string, { readonly word: ProbeWord; readonly atMs: number }>();
  for (const [name, word] of options.before ?? []) kept.set(name, { word, atMs: now() });
  const probes = new Map<Outcome['kind'], number>();
  const turns = new Turns<Watched>(now());
  let timer: NodeJS.Timeout | undefined;
  /** When the timer fires; Infinity while there is none. */
  let wakesAtMs = Number.POSITIVE_INFINITY;
  const runningOf: [number, number, number] = [0, 0, 0];
  const running = (): number => runningOf[0] + runningOf[1] + runningOf[2];
  const hasRoom = (rank: Rank): boolean => running() < mostRunning && runningOf[rank] < mostOfRank[rank];

  function ensure(target: ProbeTarget, rank: Rank): Watched {
    const name = targetName(target);
    const found = watched.get(name);
    if (found !== undefined) {
      if (rank < found.rank) found.rank = rank;
      return found;
    }
    const { address, spec } = target;
    const base =
      spec.type === 'tcp'
        ? undefined
        : ensure({ address, spec: { type: 'tcp', port: spec.port } }, rank === 0 ? 0 : 1);
    const before = kept.get(name);
    kept.delete(name);
    const added: Watched = {
      target,
      name,
      rank,
      word: before === undefined || now() - before.atMs > keptMs ? firstWord : before.word,
      sinceMs: now(),
      wanted: false,
      base,
      above: new Set(),
      waiting: false,
      gone: false,
      neverPassed: undefined,
    };
    base?.above.add(added);
    watched.set(name, added);
    enqueue(added, now());
    return added;
  }

  function release(one: Watched): void {
    if (one.wanted || one.above.size > 0) return;
    one.gone = true;
    watched.delete(one.name);
    for (const [name, { atMs }] of kept) {
      if (now() - atMs <= keptMs) break;
      kept.delete(name);
    }
    if (one.word.state === 'down') kept.set(one.name, { word: one.word, atMs: now() });
    one.base?.above.delete(one);
    if (one.base !== undefined) release(one.base);
  }

  function enqueue(one: Watched, dueMs: number): void {
    if (one.waiting || one.gone) return;
    one.waiting = true;
    turns.add(one, dueMs);
    if (dueMs < wakesAtMs) plan();
  }

  function plan(): void {
    clearTimeout(timer);
    wakesAtMs = Number.POSITIVE_INFINITY;
    if (signal.aborted) return;
    const waitMs = turns.waitMs(now(), hasRoom);
    if (waitMs === undefined) return;
    wakesAtMs = now() + waitMs;
    timer = setTimeout(begin, waitMs);
  }

  function begin(): void {
    for (let one = turns.take(now(), hasRoom); one !== undefined; one = turns.take(now(), hasRoom)) {
      one.waiting = false;
      // Its connection will bring it back.
      if (one.gone || isBaseDown(one)) continue;
      one.waiting = true;
      void run(one, one.rank, now());
    }
    plan();
  }

  async function run(one: Watched, rank: Rank, beganMs: number): Promise<void> {
    runningOf[rank] += 1;
    const outcome = await options.probe(one.target, timeoutMs, signal);
    runningOf[rank] -= 1;
    one.waiting = false;
    if (signal.aborted) return;
    probes.set(outcome.kind, (probes.get(outcome.kind) ?? 0) + 1);
    learn(one, outcome);
    const failing = one.word.state === 'up' && one.word.row > 0;
    enqueue(one, beganMs + (failing ? failingIntervalMs : intervalMs) * (0.9 + 0.1 * random()));
    plan();
  }

  function learn(one: Watched, outcome: Outcome): void {
    if (one.gone) return;
    const before = one.word;
    one.word = nextWord(before, outcome);
    const { state, row, why } = one.word;
    const told = one.neverPassed;
    if (state !== 'unknown') one.neverPassed = undefined;
    else if (told === undefined && row >= downAfter && now() - one.sinceMs >= neverPassedAfterMs)
      one.neverPassed = why;
    const soon = (word: ProbeWord): boolean => word.state === 'up' && word.row === downAfter - 1;
    if (state === before.state && soon(one.word) === soon(before) && told === one.neverPassed) return;
    const isDownMoved = (state === 'down') !== (before.state === 'down');
    const above = isDownMoved ? [...one.above] : [];
    if (state !== 'down') for (const each of above) enqueue(each, now() + intervalMs * random());
    options.onMoved([...(one.wanted ? [one.name] : []), ...above.map(({ name }) => name)]);
  }

  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  return {
    want(target, own) {
      const one = ensure(target, own ? 0 : target.spec.type === 'tcp' ? 1 : 2);
      one.wanted = true;
    },

    drop(target) {
      const one = watched.get(targetName(target));
      if (one === undefined) return;
      one.wanted = false;
      release(one);
    },

    verdict(target) {
      const one = watched.get(targetName(target));
      if (one === undefined) return { up: true };
      const culprit = isBaseDown(one) ? (one.base as Watched) : one;
      const { word } = culprit;
      if (judge(word)) {
        const why = `probe ${specText(culprit.target.spec)} failed ${downAfter} times: ${word.why}`;
        return { up: false, why, answered: word.answered };
      }
      const soon = word.state === 'up' && word.row === downAfter - 1;
      return {
        up: true,
        ...(soon ? { mayChangeInSeconds: 1 } : {}),
        ...(one.neverPassed === undefined ? {} : { neverPassed: one.neverPassed }),
      };
    },

    isUndecided(target) {
      const one = watched.get(targetName(target));
      return (
        one?.word.state === 'unknown' && one.neverPassed === undefined && now() - one.sinceMs < decidedAfterMs
      );
    },

    words: () =>
      new Map(
        [...watched.values()].flatMap(({ name, word }) => (word.state === 'unknown' ? [] : [[name, word]])),
      ),

    statistics() {
      const targets = { unknown: 0, up: 0, down: 0 };
      const nodes: { address: string; verdict: ProbeWord['state'] }[] = [];
      for (const one of watched.values()) {
        if (!one.wanted) continue;
        const verdict = isBaseDown(one) ? 'down' : one.word.state;
        targets[verdict] += 1;
        if (one.rank === 0) nodes.push({ address: one.target.address, verdict });
      }
      return { probes, targets, nodes, lateMs: turns.lateMs(now()) };
    },
  };
}

/** This replica is the only observer: what others see is not exchanged yet. */
const judge = ({ state }: ProbeWord): boolean => isDown([{ onItsNode: false, says: state }]);

/** A request that has never passed says nothing, even where its connection is down. */
const isBaseDown = ({ base, word }: Watched): boolean =>
  base !== undefined && word.state !== 'unknown' && base.word.state === 'down';
