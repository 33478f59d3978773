import { type Daemon, type Io, runAsProcess, runDaemon } from '#core/program/run-daemon.ts';
import { parseFlags, usage } from './wiring/flags.ts';
import { startSidecar } from './wiring/start-sidecar.ts';

const sidecar: Daemon = {
  name: 'gslb-sidecar',
  usage,
  run: async (argv, around) => startSidecar(parseFlags(argv), around),
};

/** Runs the sidecar until the signal aborts; resolves to its exit code. */
export function main(argv: readonly string[], io: Io): Promise<number> {
  return runDaemon(sidecar, argv, io);
}

if (import.meta.main) runAsProcess(main);
