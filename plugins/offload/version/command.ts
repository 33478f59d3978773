import { type CommandInput, clientVersionText, defineCommand } from '#plugins/cli/command.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { commonFlags, outputFlag, textByDefault } from '#plugins/cli/shared-flags.ts';

const flags = {
  client: commonFlags.client,
  output: outputFlag(['json', 'yaml'], textByDefault),
} as const satisfies FlagSpecs;

export type VersionInput = CommandInput<typeof flags>;

export const versionCommand = defineCommand({
  description: 'Shows the version of this plugin, and the images of agent and gateway in the cluster.',
  examples: [
    { does: 'this plugin alone, without asking a cluster', line: 'kubectl offload version --client' },
  ],
  flags,
  run: async (input) => {
    const { program, flags, io } = input;
    if (flags.client && flags.output === undefined) {
      io.stdout.write(clientVersionText(program.version));
      return exitCodes.ok;
    }
    return (await import('./show-versions.ts')).showVersions(input);
  },
});
