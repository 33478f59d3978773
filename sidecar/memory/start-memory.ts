import { mkdir, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '#core/telemetry/logger.ts';
import { encode } from './encode.ts';
import { replaceFile } from './replace-file.ts';
import type { Owner, State } from './state.ts';

export interface MemoryOptions {
  /** The file; see openMemory. */
  readonly path: string;
  readonly owner: () => Owner;
  /** The state as it is now; what it gives must not change later. */
  readonly read: () => State;
  /** Milliseconds since the source last confirmed what the state is made of; Infinity: not since the start. */
  readonly ageMs: () => number;
  /** A clock that never goes back, ms. */
  readonly now: () => number;
  /** ms since 1970. */
  readonly wallMs: () => number;
  readonly log: Logger;
}

/** Keeps the state on disk. */
export interface Memory {
  /** The state may be another one now; it is written soon. */
  touch(): void;
  statistics(): MemoryStatistics;
  /** Writes what is not written yet, and ends. Resolves always: what cannot be written is logged. */
  close(): Promise<void>;
}

export interface MemoryStatistics {
  readonly written: number;
  readonly failed: number;
  /** When what stands on disk was last confirmed by the source, ms since 1970; undefined: nothing does. */
  readonly confirmedAtMs: number | undefined;
}

/** What comes together is written together. */
const gatherMs = 50;
/** Least time from one write to the next, and how much more of it than writing takes. */
const periodMs = 1_000;
const restFactor = 10;
/** After a write that failed; doubled each time. */
const firstRetryMs = 2_000;
const longestRetryMs = 60_000;
/** How often a file that stays as it is gets the time at which the source last confirmed it. */
const stampMs = 60_000;

/**
 * Writes the state after each {@link Memory.touch}, at most once a second, unless it is the one that stands there. A
 * full disk or a folder that cannot be written is logged once and tried again; nothing waits for it.
 */
export function startMemory(options: MemoryOptions): Memory {
  const { path, log, now, wallMs } = options;
  let touched = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;
  let retryMs = firstRetryMs;
  let lastProblem: string | undefined;
  let onDisk: { readonly sha256: string; confirmedAtMs: number } | undefined;
  let written = 0;
  let failed = 0;

  const stamper = setInterval(() => {
    if (running === undefined) run(stamp());
  }, stampMs);

  function plan(): void {
    if (!touched || closed || timer !== undefined || running !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        run(write());
      },
      Math.max(gatherMs, notBefore - now()),
    );
  }

  function run(work: Promise<void>): void {
    running = work.catch(fail).finally(() => {
      running = undefined;
      plan();
    });
  }

  function fail(error: unknown): void {
    touched = true;
    failed += 1;
    notBefore = now() + retryMs;
    retryMs = Math.min(2 * retryMs, longestRetryMs);
    const problem = (error as NodeJS.ErrnoException).code ?? String(error);
    if (problem === lastProblem) return;
    lastProblem = problem;
    log.warn({ path, error }, 'the state cannot be kept on disk: a restart would begin with an older one');
  }

  async function write(): Promise<void> {
    const began = now();
    touched = false;
    const { bytes, sha256 } = await encode(options.owner(), options.read(), now, nextTurn);
    if (sha256 !== onDisk?.sha256) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const confirmedAtMs = confirmed() ?? wallMs();
      await replaceFile(path, bytes, confirmedAtMs);
      onDisk = { sha256, confirmedAtMs };
      written += 1;
      retryMs = firstRetryMs;
      if (lastProblem !== undefined) log.info({ path }, 'the state is kept on disk again');
      lastProblem = undefined;
    }
    notBefore = began + Math.max(periodMs, restFactor * (now() - began));
  }

  /** When the source last confirmed the state. */
  function confirmed(): number | undefined {
    const ageMs = options.ageMs();
    return Number.isFinite(ageMs) ? Math.round(wallMs() - ageMs) : undefined;
  }

  async function stamp(): Promise<void> {
    const confirmedAtMs = onDisk && confirmed();
    if (onDisk === undefined || confirmedAtMs === undefined) return;
    try {
      await utimes(path, confirmedAtMs / 1000, confirmedAtMs / 1000);
      onDisk.confirmedAtMs = confirmedAtMs;
    } catch {
      // Somebody took it away.
      onDisk = undefined;
      touched = true;
    }
  }

  return {
    touch: () => {
      touched = true;
      plan();
    },
    statistics: () => ({ written, failed, confirmedAtMs: onDisk?.confirmedAtMs }),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      clearInterval(stamper);
      await running;
      if (touched) await write().catch(fail);
    },
  };
}
