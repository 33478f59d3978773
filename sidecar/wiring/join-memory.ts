import type { Logger } from '#core/telemetry/logger.ts';
import { openMemory, sameCluster } from '#sidecar/memory/open-memory.ts';
import { type MemoryStatistics, startMemory } from '#sidecar/memory/start-memory.ts';
import type { Owner } from '#sidecar/memory/state.ts';
import type { AnswersPatch, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { Held } from '#sidecar/model/hold.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import type { Planner } from '#sidecar/plan/planner.ts';

export interface JoinMemoryOptions {
  /** Undefined: nothing is kept. */
  readonly directory: string | undefined;
  readonly geoTag: string;
  /** The cluster's; empty: not known yet. */
  readonly uid: () => string;
  readonly planner: Pick<Planner, 'decisions' | 'remembered'>;
  /** See Observer. */
  readonly ageMs: () => number;
  readonly held: () => Held | undefined;
  readonly probes: () => ReadonlyMap<string, ProbeWord>;
  readonly now: () => number;
  readonly log: Logger;
}

/** What a sidecar keeps over a restart, joined with what serves and decides. */
export interface JoinedMemory {
  /** What is to be served until this process knows better; undefined: nothing was kept. */
  readonly first: AnswersPatch | undefined;
  /** Answers of deleted Gslbs that are to be held on; undefined: none. */
  readonly held: Held | undefined;
  /** What probes said a moment ago; nothing when it is longer ago. */
  readonly probes: ReadonlyMap<string, ProbeWord>;
  /** Whether what was saved is another cluster's, as far as that is known now. */
  isForeign(): boolean;
  /** Since when the source has not confirmed what is served, ms since 1970; undefined: what is served is decided here. */
  savedAtMs(): number | undefined;
  /** What is remembered of hosts, once the cluster's uid is known. */
  remembered(): ReadonlyMap<string, Remembered>;
  /**
   * Makes of a patch of decisions one that is to be served: the first, which is to name all hosts, takes the place of
   * what was saved. Undefined: nothing is different.
   */
  decided(patch: AnswersPatch): AnswersPatch | undefined;
  /** Something that is kept may be different. */
  touch(): void;
  statistics(): MemoryStatistics | undefined;
  close(): Promise<void>;
}

/** TTL of saved answers, at most: what they say may have been wrong for as long as the sidecar was away. */
const savedTtlSeconds = 30;

/**
 * Within this time what was being counted goes on. The source confirms a quiet watch after 90 s, and the file says so
 * each minute.
 */
const recentMs = 300_000;

/** Opens the state directory, if there is one. Never throws. */
export function joinMemory(options: JoinMemoryOptions): JoinedMemory {
  const { directory, geoTag, uid, planner, log } = options;
  const owner = (): Owner => ({ geoTag, uid: uid() });
  if (directory === undefined) log.info({}, 'without --state-dir nothing is kept over a restart');
  const opened =
    directory === undefined ? undefined : openMemory({ directory, owner: owner(), nowMs: Date.now(), log });
  const saved = opened?.saved;
  let zones: readonly ZoneAnswers[] = [];
  let isDecided = false;
  const memory =
    opened &&
    startMemory({
      path: opened.path,
      owner,
      read: () => {
        const decisions = [...planner.decisions()];
        return {
          zones,
          names: decisions.flatMap(({ answers }) => answers),
          hosts: new Map(decisions.map(({ host }) => [host, planner.remembered(host) ?? {}])),
          probes: options.probes(),
          held: options.held(),
        };
      },
      ageMs: options.ageMs,
      now: options.now,
      wallMs: Date.now,
      log,
    });
  if (saved !== undefined)
    log.warn(
      { names: saved.state.names.length, confirmed: new Date(saved.confirmedAtMs).toISOString() },
      'answering from saved state until this cluster’s objects are read',
    );

  const isRecent = saved !== undefined && Date.now() - saved.confirmedAtMs < recentMs;
  const isForeign = () => saved !== undefined && !sameCluster(saved.owner, owner());
  return {
    held: saved?.state.held,
    probes: isRecent ? saved.state.probes : new Map(),
    isForeign,
    first: saved && {
      zones: saved.state.zones.map((zone) => ({ ...zone, ...shortened(zone) })),
      names: saved.state.names.map((name) => ({
        ...name,
        ...shortened(name),
        ttlSeconds: Math.min(name.ttlSeconds, savedTtlSeconds),
      })),
      removed: [],
      saved: true,
    },
    savedAtMs: () => (isDecided ? undefined : saved?.confirmedAtMs),
    remembered: () => {
      if (saved === undefined) return new Map();
      if (!isForeign()) {
        if (isRecent) return saved.state.hosts;
        const { hosts } = saved.state;
        return new Map([...hosts].map(([host, { readyAgainMs: _, ...rest }]) => [host, rest]));
      }
      log.warn(
        { saved: saved.owner.uid, uid: uid() },
        'the saved state is another cluster’s, and is forgotten',
      );
      return new Map();
    },
    decided: (patch) => {
      zones = patch.zones ?? zones;
      const isFirst = !isDecided && saved !== undefined;
      isDecided = true;
      if (patch.zones !== undefined) memory?.touch();
      if (!isFirst) return patch.zones === undefined ? undefined : patch;
      const decided = new Set(patch.names.map(({ name }) => name));
      const gone = saved.state.names.map(({ name }) => name).filter((name) => !decided.has(name));
      return { ...patch, zones, removed: [...patch.removed, ...gone], saved: false };
    },
    touch: () => {
      // Until then it would be written that nothing is answered.
      if (isDecided) memory?.touch();
    },
    statistics: () => memory?.statistics(),
    close: async () => memory?.close(),
  };
}

const shortened = ({ negativeTtlSeconds }: { readonly negativeTtlSeconds: number }) => ({
  negativeTtlSeconds: Math.min(negativeTtlSeconds, savedTtlSeconds),
});
