import { getAsset, isSea } from 'node:sea';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Threads of the programs: from source a file, in a single executable the asset `NAME.cjs` that the build embeds.
 * Paths, not imports: core knows no program.
 */
export const workerSources = {
  dns: 'sidecar/serve/worker.ts',
  places: 'sidecar/places/worker.ts',
} as const;

/** Starts a thread of this program by its name. */
export function startWorker(name: keyof typeof workerSources, options: WorkerOptions): Worker {
  if (isSea()) return new Worker(getAsset(`${name}.cjs`, 'utf8'), { ...options, eval: true });
  return new Worker(new URL(`../../${workerSources[name]}`, import.meta.url), options);
}
