import type { Program } from '#plugins/cli/command.ts';
import type { Io } from '#plugins/cli/io.ts';
import { processIo } from '#plugins/cli/process-io.ts';
import { runProgram } from '#plugins/cli/run-program.ts';

/** Set by the build. */
declare const VERSION: string | undefined;

const program: Program = {
  name: 'gslb',
  summary:
    'Looks at and steers global load balancing: hosts that several Kubernetes clusters answer for under one name.',
  version: typeof VERSION === 'string' ? VERSION : 'from-source',
  commands: [
    {
      name: 'status',
      summary: 'show hosts, their health, and the healthy addresses of each cluster',
      load: async () => (await import('./status/command.ts')).statusCommand,
    },
    {
      name: 'explain',
      summary: 'show why a host answers as it does, step by step',
      load: async () => (await import('./explain/command.ts')).explainCommand,
    },
    {
      name: 'drain',
      summary: 'take a cluster out of the answers, while others can answer',
      load: async () => (await import('./drain/command.ts')).drainCommand,
    },
    {
      name: 'undrain',
      summary: 'end the drain of a cluster',
      load: async () => (await import('./drain/command.ts')).undrainCommand,
    },
    {
      name: 'version',
      summary: 'show the versions of this plugin, of the sidecars and of the CRDs',
      load: async () => (await import('./version/command.ts')).versionCommand,
    },
  ],
};

/** Runs `kubectl gslb` with these arguments; resolves to its exit code. */
export function main(argv: readonly string[], io: Io): Promise<number> {
  return runProgram(program, argv, io);
}

if (import.meta.main)
  void main(process.argv.slice(2), processIo()).then((code) => {
    process.exitCode = code;
  });
