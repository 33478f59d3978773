import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { commonFlags, outputFlag, textByDefault } from '#plugins/cli/shared-flags.ts';
import { peerNames } from '#plugins/offload/cluster/complete-names.ts';

const flags = {
  output: outputFlag(['json', 'yaml', 'name', 'wide'], textByDefault),
  'no-headers': commonFlags['no-headers'],
} as const satisfies FlagSpecs;

export type StatusInput = CommandInput<typeof flags>;

export const statusCommand = defineCommand({
  positionals: '[NAME]...',
  description: `Shows this cluster, its agent and gateway, its peerings and what is wrong with them.

Exit codes: 0 all is well, 1 the cluster could not be asked, 2 wrong command line, 3 something is unhealthy.`,
  examples: [
    { does: 'everything', line: 'kubectl offload status' },
    { does: 'one peering, for a script', line: 'kubectl offload status gslb-us -o json' },
    { does: 'which namespaces reach which cluster', line: 'kubectl offload status -o wide' },
  ],
  flags,
  complete: peerNames,
  run: async (input) => (await import('./show-status.ts')).showStatus(input),
});
