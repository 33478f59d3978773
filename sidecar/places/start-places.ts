import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { findNetwork, type NetworkTree } from '#core/mmdb/network-tree.ts';
import { startWorker } from '#core/runtime/worker.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { addressToBytes } from '#core/wire/address.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import { type LoadFailure, type PlacesProblem, placesProblem } from './errors.ts';
import type { Loaded } from './load.ts';
import type { LoadTask } from './worker.ts';

export interface PlacesOptions {
  /** A file in the MaxMind DB format. */
  readonly path: string;
  /** Paths in its records, the first that is there is a place's label. */
  readonly labelFields: readonly (readonly string[])[];
  /** A database was loaded; `tree` is the same for the DNS thread. */
  readonly onLoad: (database: PlaceDatabase, tree: NetworkTree) => void;
  /** The file as it is now cannot be used; what was loaded before is kept. */
  readonly onProblem?: (problem: PlacesProblem) => void;
  readonly log: Logger;
  /** How often the file is looked at. Default 5000. */
  readonly everyMs?: number;
  /** Milliseconds since 1970. Default Date.now. */
  readonly now?: () => number;
}

/** The database of places, kept current. */
export interface Places {
  /** The one that was loaded last. */
  database(): PlaceDatabase | undefined;
  /** The same for the DNS thread. */
  tree(): NetworkTree | undefined;
  /** Why the file as it is now is not the one in use; undefined: it is. */
  problem(): PlacesProblem | undefined;
  /** Why none is loaded: sentences with the remedy, alike as long as it stays so. Undefined: one is. */
  whyNone(): string | undefined;
  statistics(): PlacesStatistics;
  /** Resolves when the file was tried once. */
  readonly tried: Promise<void>;
  /** Resolves when no thread and no timer is left, after the signal aborted. */
  readonly done: Promise<void>;
}

/** For metrics. */
export interface PlacesStatistics {
  readonly loaded: boolean;
  /** When the database in use was built, seconds since 1970, as it says itself. Undefined: none, or it does not say. */
  readonly builtSeconds: number | undefined;
  /** Loads that failed: once for each state of the file. */
  readonly failedLoads: number;
}

/**
 * Loads the database in a thread of its own, at once and whenever another file stands at the path (another inode,
 * size or time: links are followed, so that the swap of a mounted ConfigMap counts). A file that is missing or broken
 * is a problem that is logged once, and the last good database stays in use.
 */
export function startPlaces(options: PlacesOptions, signal: AbortSignal): Places {
  const { path, labelFields, onLoad, onProblem, log, everyMs = 5000, now = Date.now } = options;
  const tried = Promise.withResolvers<void>();
  let current: { readonly database: PlaceDatabase; readonly tree: NetworkTree } | undefined;
  let problem: PlacesProblem | undefined;
  let revision = 0;
  let builtSeconds: number | undefined;
  let failedLoads = 0;

  const load = async () => {
    // Not from 1 at each start: choices that were made before a restart may still be about.
    revision = Math.max(revision + 1, Math.floor(now() / 1000) % 2 ** 30);
    const outcome = await loadInThread({ path, revision, labelFields }, signal);
    if (signal.aborted) return;
    if ('code' in outcome) {
      problem = placesProblem(path, outcome, current !== undefined);
      failedLoads += 1;
      log.warn({ ...problem }, problem.message);
      onProblem?.(problem);
      return;
    }
    problem = undefined;
    const { tree, places, type } = outcome;
    builtSeconds = outcome.builtSeconds || undefined;
    current = { database: { revision, places, placeOf: placeOf(tree) }, tree };
    const built = builtSeconds === undefined ? undefined : new Date(builtSeconds * 1000).toISOString();
    log.info({ path, type, built, places: places.length, bytes: tree.byteLength }, 'Place database loaded');
    onLoad(current.database, tree);
  };

  const run = async () => {
    let seen: string | undefined;
    while (!signal.aborted) {
      const identity = await identityOf(path);
      if (identity !== seen) {
        seen = identity;
        await load();
      }
      tried.resolve();
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
    tried.resolve();
  };

  return {
    database: () => current?.database,
    tree: () => current?.tree,
    problem: () => problem,
    whyNone: () => {
      if (current !== undefined) return undefined;
      if (problem === undefined) return `The place database ${path} is still being read.`;
      return `${problem.why} ${problem.hint}`;
    },
    statistics: () => ({ loaded: current !== undefined, builtSeconds, failedLoads }),
    tried: tried.promise,
    done: run(),
  };
}

async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${dev} ${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

/** Longer than the largest databases take on a slow machine; whatever a file holds, a load ends. */
const LOAD_MS = 120_000;

function loadInThread(task: LoadTask, signal: AbortSignal): Promise<Loaded | LoadFailure> {
  const { promise, resolve } = Promise.withResolvers<Loaded | LoadFailure>();
  const worker = startWorker('places', { workerData: task, name: 'places' });
  const slow = setTimeout(() => {
    resolve({
      code: 'places-slow',
      why: `Reading it took longer than ${LOAD_MS / 1000} s.`,
      hint: 'Use a smaller one, for example of countries.',
    });
    void worker.terminate();
  }, LOAD_MS);
  const stop = () => void worker.terminate();
  signal.addEventListener('abort', stop);
  const failed = (why: string) =>
    resolve({ code: 'places-unreadable', why: `Reading it failed: ${why}.`, hint: 'Please report it.' });
  worker.on('message', resolve);
  worker.on('error', (error) => failed(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => {
    clearTimeout(slow);
    signal.removeEventListener('abort', stop);
    failed(`its thread ended with ${code}`);
  });
  return promise;
}

function placeOf(tree: NetworkTree): PlaceDatabase['placeOf'] {
  const found = { value: -1, bits: 0 };
  return (address) => {
    const bytes = addressToBytes(address);
    if (bytes === undefined) return undefined;
    findNetwork(tree, bytes.length === 4, bytes, found);
    return found.value < 0 ? undefined : found.value;
  };
}
