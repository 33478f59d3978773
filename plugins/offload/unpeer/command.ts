import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { commonFlags, timeoutFlag } from '#plugins/cli/shared-flags.ts';
import { peerNames } from '#plugins/offload/cluster/complete-names.ts';

const flags = {
  forget: {
    type: 'boolean',
    describe: 'do not wait for the other cluster, and keep nothing of it',
  },
  yes: commonFlags.yes,
  timeout: timeoutFlag('2m'),
} as const satisfies FlagSpecs;

export type UnpeerInput = CommandInput<typeof flags>;

export const unpeerCommand = defineCommand({
  positionals: '[out-of-band] NAME',
  description: `Ends the peering with the cluster NAME, whichever of the two uses the other: says first which pods
end, asks, and waits until it is gone. With the provider unreachable this cluster leaves alone, and says what is to be
done there.

Exit codes: 0 gone, or departed, 1 error, 2 wrong command line, 4 timed out.`,
  examples: [
    { does: 'end it', line: 'kubectl offload unpeer gslb-us' },
    { does: 'a cluster that will not come back', line: 'kubectl offload unpeer gslb-us --forget --yes' },
  ],
  flags,
  complete: async (typed, io) =>
    typed.args.some((word) => word !== 'out-of-band') ? [] : peerNames(typed, io),
  run: async (input) => (await import('./unpeer.ts')).unpeer(input),
});
