import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '#core/telemetry/logger.ts';
import { type Decoded, decode, type Refusal } from './decode.ts';
import { temporaryEnd } from './replace-file.ts';
import type { Owner, State } from './state.ts';

export interface OpenOptions {
  /** Of `--state-dir`; a folder `memory` is made in it, which only its owner may enter. */
  readonly directory: string;
  /** Whose state is wanted; with an empty uid it may be any cluster's of this geotag. */
  readonly owner: Owner;
  /** ms since 1970. */
  readonly nowMs: number;
  readonly log: Logger;
}

/** What was kept before a restart. */
export interface Saved {
  readonly owner: Owner;
  readonly state: State;
  /** When the source last confirmed it, ms since 1970. */
  readonly confirmedAtMs: number;
}

/** Where state is kept, and what was found there. */
export interface Opened {
  readonly path: string;
  /** Undefined: nothing that can be used. */
  readonly saved: Saved | undefined;
}

/**
 * Opens the folder, and reads what it has, at once: until then nothing can be answered. A file that cannot be used is
 * kept aside, as `state.refused`; a folder that cannot be used is told, and tried again at each write.
 */
export function openMemory({ directory, owner, nowMs, log }: OpenOptions): Opened {
  const folder = join(directory, 'memory');
  const path = join(folder, 'state');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    // Left by a process that was killed while it wrote.
    for (const name of readdirSync(folder))
      if (name.endsWith(temporaryEnd)) rmSync(join(folder, name), { force: true });
  } catch (error) {
    log.warn({ folder, error }, 'the state directory cannot be used; a restart will begin with nothing');
  }
  const found = read(path);
  if (found === undefined) return { path, saved: undefined };
  const refused = whyNot(found, owner, nowMs);
  if (refused === undefined && 'state' in found) {
    const { state, confirmedAtMs, leftOut } = found;
    if (leftOut > 0)
      log.warn({ path, leftOut }, 'some records of the saved state are broken and are left out');
    return { path, saved: { owner: found.owner, state, confirmedAtMs } };
  }
  const aside = `${path}.refused`;
  log.warn({ path, aside }, `the saved state is not used: ${refused}; it is kept aside`);
  try {
    renameSync(path, aside);
  } catch (error) {
    log.warn({ path, error }, 'it could not be kept aside');
  }
  return { path, saved: undefined };
}

/**
 * How old it may be: what RFC 8767 §4 names as the most for answers that nobody confirms. A node that was away for
 * longer is better silent than wrong.
 */
const oldestMs = 3 * 86_400_000;
/** Ten times what 10,000 hosts take. */
const mostBytes = 256 * 2 ** 20;

type Found = Decoded & { readonly confirmedAtMs: number };

function read(path: string): Found | Refusal | undefined {
  try {
    const { size, mtimeMs } = statSync(path);
    if (size > mostBytes) return { refused: `it has ${size} octets` };
    const decoded = decode(readFileSync(path));
    return 'refused' in decoded ? decoded : { ...decoded, confirmedAtMs: mtimeMs };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { refused: `it cannot be read: ${message}` };
  }
}

function whyNot(found: Found | Refusal, wanted: Owner, nowMs: number): string | undefined {
  if ('refused' in found) return found.refused;
  const { owner, confirmedAtMs } = found;
  if (owner.geoTag !== wanted.geoTag) return `it is of geotag ${owner.geoTag}, and this is ${wanted.geoTag}`;
  if (!sameCluster(owner, wanted)) return `it is of cluster ${owner.uid}, and this is ${wanted.uid}`;
  const days = (nowMs - confirmedAtMs) / 86_400_000;
  return nowMs - confirmedAtMs > oldestMs ? `it is ${days.toFixed(1)} days old` : undefined;
}

/** Whether both may be the same cluster's. */
export function sameCluster(a: Owner, b: Owner): boolean {
  return a.uid === '' || b.uid === '' || a.uid === b.uid;
}
