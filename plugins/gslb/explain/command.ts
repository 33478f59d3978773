import { defineCommand } from '#plugins/cli/command.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { commonFlags, outputFlag, textByDefault } from '#plugins/cli/shared-flags.ts';
import { hostNames } from '#plugins/gslb/cluster/complete-names.ts';
import { showExplanation } from './show-explanation.ts';

export const explainCommand = defineCommand({
  positionals: 'HOST',
  description: `Shows why a host answers as it does: the clusters that have it, what each step of the decision removed and
why, the answer, and its TTL with the cause. A running gslb-sidecar says it (by port-forward). Several clusters are
asked at once with --context or --all-contexts; where they differ is pointed out.

Exit codes: 0 all agree on an answer, 1 a cluster could not be asked or none serves the host, 2 wrong command line,
3 there is no answer, or the clusters differ.`,
  examples: [
    { does: 'why a host answers as it does', line: 'kubectl gslb explain app.cloud.example.com' },
    {
      does: 'what a client of a network gets, and whether two clusters agree',
      line: 'kubectl gslb explain app.cloud.example.com --client 192.0.2.1 --context eu --context us',
    },
  ],
  flags: {
    client: {
      type: 'string',
      placeholder: 'ADDRESS',
      describe: 'IP address of the client that asks (default: any client)',
    },
    'all-contexts': commonFlags['all-contexts'],
    output: outputFlag(['json', 'yaml'], textByDefault),
    'no-headers': commonFlags['no-headers'],
  },
  complete: ({ args, flags }, io) => (args.length === 0 ? hostNames(flags, io) : Promise.resolve([])),
  run: async ({ flags, args, io }) => {
    const timeoutMs = durationMs(flags['request-timeout'], 'request-timeout');
    const { openKubeconfig } = await import('#plugins/gslb/cluster/open-kubeconfig.ts');
    const kubeconfig = await openKubeconfig({ path: flags.kubeconfig, env: io.env, timeoutMs });
    return showExplanation(kubeconfig, flags, args, io);
  },
});
