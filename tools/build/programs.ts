import type { workerSources } from '#core/runtime/worker.ts';

/** A program that is released as a single executable. */
export interface Program {
  /** Name of the file in dist/<os>-<arch>/. */
  readonly name: string;
  /** Runs itself when it is the entry (`import.meta.main`). */
  readonly entry: string;
  /** Threads that it starts by `startWorker`. */
  readonly workers: readonly (keyof typeof workerSources)[];
  /** Folders below manifests/ whose YAML files it reads by `asset`. */
  readonly assets: readonly string[];
}

export const programs: readonly Program[] = [
  { name: 'gslb-sidecar', entry: 'sidecar/main.ts', workers: ['dns'], assets: [] },
  { name: 'offload-agent', entry: 'agent/main.ts', workers: [], assets: [] },
  { name: 'kubectl-gslb', entry: 'plugins/gslb/main.ts', workers: [], assets: [] },
  { name: 'kubectl-offload', entry: 'plugins/offload/main.ts', workers: [], assets: ['offload'] },
];
