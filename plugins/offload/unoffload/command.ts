import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { commonFlags, timeoutFlag } from '#plugins/cli/shared-flags.ts';
import { offloadedNames } from '#plugins/offload/cluster/complete-names.ts';

const flags = {
  'ns-selector': {
    type: 'string',
    placeholder: 'SELECTOR',
    describe: 'namespaces with these labels, instead of names',
  },
  yes: commonFlags.yes,
  timeout: timeoutFlag('2m'),
} as const satisfies FlagSpecs;

export type UnoffloadInput = CommandInput<typeof flags>;

export const unoffloadCommand = defineCommand({
  positionals: 'namespace NAME...',
  description: `Ends the offloading of namespaces: their twins go with all in them that came from here, and pods that
ran there are made anew here. Says first what moves and what is lost, and asks.`,
  examples: [
    { does: 'one namespace', line: 'kubectl offload unoffload namespace podinfo' },
    { does: 'in a script', line: 'kubectl offload unoffload namespace podinfo --yes' },
  ],
  flags,
  complete: async (typed, io) => (typed.args.length === 0 ? ['namespace'] : offloadedNames(typed, io)),
  run: async (input) => (await import('./unoffload.ts')).unoffload(input),
});
