import { chooseContexts } from '#plugins/cli/choose-contexts.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { Io } from '#plugins/cli/io.ts';
import { paintFor } from '#plugins/cli/paint.ts';
import { errorText } from '#plugins/cli/report-error.ts';
import type { GlobalFlagValues } from '#plugins/cli/shared-flags.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { askEach } from '#plugins/gslb/cluster/ask-each.ts';
import type { Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { gatherVersions } from './gather.ts';
import { structuredVersions, versionsText } from './render-versions.ts';
import { skewWarnings } from './skew.ts';

interface Flags extends GlobalFlagValues {
  readonly 'all-contexts': boolean;
  readonly output: 'json' | 'yaml' | undefined;
}

/** `kubectl gslb version` once its kubeconfig is read. Returns the exit code. */
export async function showVersions(
  kubeconfig: Kubeconfig,
  client: string,
  flags: Flags,
  io: Io,
): Promise<number> {
  const contexts = chooseContexts(kubeconfig, flags);
  const { asked, failed } = await askEach(
    kubeconfig,
    contexts,
    (cluster, context) => gatherVersions(cluster, context.name, io.signal),
    io.signal,
  );
  io.stdout.write(
    flags.output === undefined
      ? versionsText(client, asked, paintFor(flags.color, io))
      : await structuredText(structuredVersions(client, asked), flags.output),
  );
  const warnings = asked.flatMap((each) =>
    each.warnings.map((warning) => `context ${each.context}: ${warning}`),
  );
  for (const warning of [...warnings, ...skewWarnings(client, asked)])
    io.stderr.write(`warning: ${warning}\n`);
  for (const { error } of failed) io.stderr.write(errorText(error, flags.v));
  return failed.length > 0 ? exitCodes.error : exitCodes.ok;
}
