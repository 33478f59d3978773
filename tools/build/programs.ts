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
  /** Flags of Node that it runs with. */
  readonly nodeFlags: readonly string[];
}

/**
 * The sidecar runs on every node beside its users' work, and lives long: a young generation of 1 MiB instead of 16
 * saves it some 10 MiB, and garbage is collected more often for it.
 */
export const programs: readonly Program[] = [
  {
    name: 'gslb-sidecar',
    entry: 'sidecar/main.ts',
    workers: ['dns', 'places'],
    assets: [],
    nodeFlags: ['--max-semi-space-size=1'],
  },
  { name: 'offload-agent', entry: 'agent/main.ts', workers: [], assets: [], nodeFlags: [] },
  { name: 'kubectl-gslb', entry: 'plugins/gslb/main.ts', workers: [], assets: [], nodeFlags: [] },
  {
    name: 'kubectl-offload',
    entry: 'plugins/offload/main.ts',
    workers: [],
    assets: ['offload'],
    nodeFlags: [],
  },
];
