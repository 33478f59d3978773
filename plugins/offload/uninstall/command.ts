import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { commonFlags, timeoutFlag } from '#plugins/cli/shared-flags.ts';

const flags = {
  purge: { type: 'boolean', describe: 'remove the CRDs too, and what of ours is left on nodes' },
  yes: commonFlags.yes,
  timeout: timeoutFlag('2m'),
} as const satisfies FlagSpecs;

export type UninstallInput = CommandInput<typeof flags>;

export const uninstallCommand = defineCommand({
  description: `Removes agent and gateway with all that install made, and waits until it is gone. Refuses while there
are peerings or offloaded namespaces. The CRDs stay, unless --purge is given: then nothing of this product is left in
the cluster. Running it again is fine.`,
  examples: [
    { does: 'leave nothing', line: 'kubectl offload uninstall --purge' },
    { does: 'in a script', line: 'kubectl offload uninstall --yes' },
  ],
  flags,
  run: async (input) => (await import('./uninstall.ts')).uninstall(input),
});
