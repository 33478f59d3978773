import { readFileSync, statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { LoadFailure } from './errors.ts';
import { type Loaded, loadPlaces } from './load.ts';

/** What a load is started with. */
export interface LoadTask {
  readonly path: string;
  readonly revision: number;
  readonly labelFields: readonly (readonly string[])[];
}

/** Larger files are not read: no database of places comes near. */
const MOST_BYTES = 1024 ** 3;

// A thread for one load: a database takes seconds to read, in which neither answers nor plans may wait.
parentPort?.postMessage(load(workerData as LoadTask));

function load({ path, revision, labelFields }: LoadTask): Loaded | LoadFailure {
  let bytes: Buffer;
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MOST_BYTES)
      return {
        code: 'places-unreadable',
        why: stat.isFile() ? 'It is larger than 1 GiB.' : 'It is no file.',
        hint: 'Give --geoip-db a file in the MaxMind DB format.',
      };
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return {
        code: 'places-missing',
        why: 'There is no such file.',
        hint: 'Put it there, or give --geoip-db the path of one in the MaxMind DB format.',
      };
    return {
      code: 'places-unreadable',
      why: `It cannot be read: ${(error as Error).message}.`,
      hint: 'Put it there, readable for this program.',
    };
  }
  return loadPlaces(bytes, revision, labelFields);
}
