import type { Program } from '#plugins/cli/command.ts';
import type { Io } from '#plugins/cli/io.ts';
import { processIo } from '#plugins/cli/process-io.ts';
import { runProgram } from '#plugins/cli/run-program.ts';

/** Set by the build. */
declare const VERSION: string | undefined;

const program: Program = {
  name: 'offload',
  summary:
    'Makes the capacity of other Kubernetes clusters usable here: peers clusters, and spreads namespaces over them.',
  version: typeof VERSION === 'string' ? VERSION : 'from-source',
  flagTexts: {
    namespace: 'not used: commands take namespaces as arguments',
    context: 'context of the kubeconfig to use (default: the current one)',
  },
  commands: [
    {
      name: 'install',
      summary: 'install agent and gateway in this cluster',
      load: async () => (await import('./install/command.ts')).installCommand,
    },
    {
      name: 'generate',
      summary: 'print the command by which another cluster peers with this one',
      load: async () => (await import('./generate/command.ts')).generateCommand,
    },
    {
      name: 'peer',
      summary: 'make another cluster a virtual node of this one',
      load: async () => (await import('./peer/command.ts')).peerCommand,
    },
    {
      name: 'status',
      summary: 'show this cluster, its peerings and what is wrong with them',
      load: async () => (await import('./status/command.ts')).statusCommand,
    },
    {
      name: 'namespace',
      summary: 'spread namespaces over peered clusters',
      load: async () => (await import('./namespace/command.ts')).namespaceCommand,
    },
    {
      name: 'unoffload',
      summary: 'take namespaces back to this cluster',
      load: async () => (await import('./unoffload/command.ts')).unoffloadCommand,
    },
    {
      name: 'unpeer',
      summary: 'end a peering',
      load: async () => (await import('./unpeer/command.ts')).unpeerCommand,
    },
    {
      name: 'uninstall',
      summary: 'remove agent and gateway from this cluster',
      load: async () => (await import('./uninstall/command.ts')).uninstallCommand,
    },
    {
      name: 'version',
      summary: 'show the versions of this plugin, of agent and gateway',
      load: async () => (await import('./version/command.ts')).versionCommand,
    },
  ],
};

/** Runs `kubectl offload` with these arguments; resolves to its exit code. */
export function main(argv: readonly string[], io: Io): Promise<number> {
  return runProgram(program, argv, io);
}

if (import.meta.main)
  void main(process.argv.slice(2), processIo()).then((code) => {
    process.exitCode = code;
  });
