import { defineCommand } from '#plugins/cli/command.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import type { Io } from '#plugins/cli/io.ts';
import { clusterNames } from '#plugins/gslb/cluster/complete-names.ts';
import type { Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { drainFlags, undrainFlags } from './flags.ts';

const exits =
  'Exit codes: 0 done, 1 a cluster could not be asked or written, or you said no, 2 wrong command line, 4 timed out.';

export const drainCommand = defineCommand({
  positionals: 'CLUSTER',
  description: `Takes a cluster out of the answers of all hosts, as long as another cluster can answer them. Says first
which hosts lose it and which safety rule speaks against that, asks, writes spec.override of its GslbCluster in every
cluster that the contexts name, and waits until each sidecar reports it in force. A cluster goes by its own objects:
name all of them, with --context or --all-contexts.

${exits}`,
  examples: [
    {
      does: 'maintenance of two hours',
      line: 'kubectl gslb drain us --until 2h --reason "new kernel" --context eu --context us',
    },
    { does: 'what it would do', line: 'kubectl gslb drain us --all-contexts --dry-run' },
  ],
  flags: drainFlags,
  complete: ({ args, flags }, io) => (args.length === 0 ? clusterNames(flags, io) : Promise.resolve([])),
  run: async ({ flags, args, io }) =>
    (await import('./drain.ts')).drain(await kubeconfigOf(flags, io), flags, args, io),
});

export const undrainCommand = defineCommand({
  positionals: 'CLUSTER',
  description: `Ends the drain of a cluster in every cluster that the contexts name: takes spec.override of its
GslbCluster away, and waits until each sidecar reports it. Overrides in GslbPolicies stay.

${exits}`,
  examples: [{ does: 'clients come back', line: 'kubectl gslb undrain us --context eu --context us' }],
  flags: undrainFlags,
  complete: ({ args, flags }, io) => (args.length === 0 ? clusterNames(flags, io) : Promise.resolve([])),
  run: async ({ flags, args, io }) =>
    (await import('./drain.ts')).undrain(await kubeconfigOf(flags, io), flags, args, io),
});

async function kubeconfigOf(
  flags: { readonly kubeconfig: string | undefined; readonly 'request-timeout': string },
  io: Io,
): Promise<Kubeconfig> {
  const timeoutMs = durationMs(flags['request-timeout'], 'request-timeout');
  const { openKubeconfig } = await import('#plugins/gslb/cluster/open-kubeconfig.ts');
  return openKubeconfig({ path: flags.kubeconfig, env: io.env, timeoutMs });
}
