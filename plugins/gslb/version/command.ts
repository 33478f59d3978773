import { clientVersionText, defineCommand } from '#plugins/cli/command.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { commonFlags, outputFlag, textByDefault } from '#plugins/cli/shared-flags.ts';
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
    client: commonFlags.client,
    'all-contexts': commonFlags['all-contexts'],
    output: outputFlag(['json', 'yaml'], textByDefault),
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
