import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { timeoutFlag } from '#plugins/cli/shared-flags.ts';
import { grantFlags } from './grant-flags.ts';

const flags = {
  'only-command': { type: 'boolean', describe: 'print nothing but the command' },
  ...grantFlags,
  timeout: timeoutFlag('2m', "this cluster's agent"),
} as const satisfies FlagSpecs;

export type GenerateInput = CommandInput<typeof flags>;

export const generateCommand = defineCommand({
  positionals: 'peer-command',
  description: `Invites another cluster to use this one. Prints a command that, run with the kubeconfig of the other
cluster, makes this cluster a virtual node there. The invitation in it works once; whoever has it can redeem it.`,
  examples: [
    { does: 'print the command', line: 'kubectl offload generate peer-command' },
    {
      does: 'both steps from one place',
      line: 'kubectl offload generate peer-command --only-command --kubeconfig us.yaml | KUBECONFIG=eu.yaml bash',
    },
    {
      does: 'grant a namespace of the same name, and limits',
      line: 'kubectl offload generate peer-command --allow-namespace=podinfo --cpu=4 --memory=8Gi --pods=50',
    },
  ],
  flags,
  complete: async ({ args }) => (args.length === 0 ? ['peer-command'] : []),
  run: async (input) => (await import('./generate.ts')).generate(input),
});
