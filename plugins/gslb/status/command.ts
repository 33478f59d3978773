import { defineCommand } from '#plugins/cli/command.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { listFlags } from '#plugins/cli/shared-flags.ts';
import { showStatus } from './show-status.ts';

export const statusCommand = defineCommand({
  positionals: '[HOST|GSLB]...',
  description: `Shows what every host answers with: its strategy, its health in the cluster that is asked, and the
healthy addresses of each cluster. Targets come from a running gslb-sidecar (by port-forward), or, when none can be
reached, from the status of the Gslbs. Several clusters are asked at once with --context or --all-contexts.

Exit codes: 0 all is well, 1 a cluster could not be asked, 2 wrong command line, 3 something is unhealthy.`,
  examples: [
    { does: 'all hosts of all namespaces', line: 'kubectl gslb status -A' },
    {
      does: 'one host as two clusters see it',
      line: 'kubectl gslb status app.cloud.example.com --context eu --context us',
    },
    { does: 'the addresses behind it, for a script', line: 'kubectl gslb status -n podinfo -o json' },
  ],
  flags: listFlags,
  run: async ({ flags, args, io }) => {
    const timeoutMs = durationMs(flags['request-timeout'], 'request-timeout');
    const { openKubeconfig } = await import('#plugins/gslb/cluster/open-kubeconfig.ts');
    const kubeconfig = await openKubeconfig({ path: flags.kubeconfig, env: io.env, timeoutMs });
    return showStatus(kubeconfig, flags, args, io);
  },
});
