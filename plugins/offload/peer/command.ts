import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { timeoutFlag } from '#plugins/cli/shared-flags.ts';
import { grantFlags } from '#plugins/offload/generate/grant-flags.ts';

const flags = {
  token: {
    type: 'string',
    placeholder: 'FILE|-',
    describe: 'file with the invitation, or - for standard input; never the invitation itself',
  },
  'remote-kubeconfig': {
    type: 'string',
    placeholder: 'FILE',
    describe: 'kubeconfig of the provider: invites there and peers here',
  },
  'remote-context': {
    type: 'string',
    placeholder: 'NAME',
    describe: "context of the provider's kubeconfig (default: its current one)",
  },
  ...grantFlags,
  'skip-dial': {
    type: 'boolean',
    describe: "do not try the provider's addresses from here: only the cluster itself can reach them",
  },
  timeout: timeoutFlag('2m'),
} as const satisfies FlagSpecs;

export type PeerInput = CommandInput<typeof flags>;

export const peerCommand = defineCommand({
  positionals: '[NAME]',
  description: `Makes the cluster NAME a provider of this one: its capacity appears here as node liqo-NAME. NAME and the
invitation come from the provider (kubectl offload generate peer-command), whose printed command hands the invitation
over on standard input. With --remote-kubeconfig both steps are done at once. Follows the peering until its node is
Ready.

Exit codes: 0 peered, 1 refused, 2 wrong command line, 4 timed out.`,
  examples: [
    { does: 'an invitation in a file', line: 'kubectl offload peer gslb-us --token invitation.txt' },
    {
      does: 'both steps, with both kubeconfigs at hand',
      line: 'kubectl offload peer gslb-us --remote-kubeconfig us.yaml',
    },
  ],
  flags,
  run: async (input) => (await import('./peer.ts')).peer(input),
});
