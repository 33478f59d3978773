import { clientVersionText, defineCommand } from '#plugins/cli/command.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { structuredVersions } from './render-versions.ts';
import { showVersions } from './show-versions.ts';

export const versionCommand = defineCommand({
  description: `Shows the version of this plugin and, for each cluster asked, of its gslb-sidecar (by port-forward), the
sidecar's images, how many of its pods are Ready, and the served versions of the CRDs. Warns where plugin and
sidecar are of different minor versions.`,
  examples: [
    { does: 'this plugin alone, without asking a cluster', line: 'kubectl gslb version --client' },
    { does: 'every cluster of the kubeconfig', line: 'kubectl gslb version --all-contexts' },
  ],
  flags: {
    client: { type: 'boolean', describe: 'this plugin only; asks no cluster' },
    'all-contexts': { type: 'boolean', describe: 'ask every context of the kubeconfig' },
    output: {
      type: 'string',
      alias: 'o',
      placeholder: 'FORMAT',
      choices: ['json', 'yaml'],
      describe: 'output format (default: text)',
    },
  },
  run: async ({ program, flags, io }) => {
    const { version } = program;
    if (flags.client) {
      const { output } = flags;
      const text = output && (await structuredText(structuredVersions(version), output));
      io.stdout.write(text ?? clientVersionText(version));
      return exitCodes.ok;
    }
    const timeoutMs = durationMs(flags['request-timeout'], 'request-timeout');
    const { openKubeconfig } = await import('#plugins/gslb/cluster/open-kubeconfig.ts');
    const kubeconfig = await openKubeconfig({ path: flags.kubeconfig, env: io.env, timeoutMs });
    return showVersions(kubeconfig, version, flags, io);
  },
});
