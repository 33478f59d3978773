import { chooseContexts } from '#plugins/cli/choose-contexts.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { FlagValues } from '#plugins/cli/flags.ts';
import type { Io } from '#plugins/cli/io.ts';
import { errorText } from '#plugins/cli/report-error.ts';
import type { GlobalFlagValues, listFlags } from '#plugins/cli/shared-flags.ts';
import { askEach } from '#plugins/gslb/cluster/ask-each.ts';
import type { Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { gather } from './gather.ts';
import { hostStatuses } from './host-statuses.ts';
import type { HostStatus } from './model.ts';
import { problemsOf } from './problems.ts';
import { lacksGslbs, nothingFound, problemLines, warnings } from './remarks.ts';
import { renderStatus } from './render-status.ts';
import { select } from './select.ts';
import { structuredStatus } from './structured-status.ts';

type Flags = FlagValues<typeof listFlags> & GlobalFlagValues;

/**
 * `kubectl gslb status` once its kubeconfig is read: asks, concludes, writes. Returns the exit code: a cluster that
 * could not be asked (1) goes before something unhealthy (3).
 */
export async function showStatus(
  kubeconfig: Kubeconfig,
  flags: Flags,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const contexts = chooseContexts(kubeconfig, flags);
  const { asked, failed } = await askEach(
    kubeconfig,
    contexts,
    (cluster, context) => {
      const namespace = flags['all-namespaces'] ? undefined : flags.namespace || context.namespace;
      return gather(cluster, context, { namespace, labelSelector: flags.selector }, io.signal);
    },
    io.signal,
  );
  const { selected, unmatched } = select(asked.flatMap(hostStatuses), names);
  const statuses = selected.toSorted(byNamespaceHostContext);
  const problems = asked.flatMap((facts) =>
    problemsOf(
      facts,
      statuses.filter(({ context }) => context === facts.context),
    ),
  );

  const structured = (): unknown => structuredStatus(asked, failed, statuses, problems);
  io.stdout.write(await renderStatus(statuses, structured, flags, contexts.length > 1, io));
  io.stderr.write(warnings(asked));
  for (const { error } of failed) io.stderr.write(errorText(error, flags.v));
  if (unmatched.length > 0 && failed.length === 0) {
    const scope = flags['all-namespaces'] ? '' : ` in namespace ${flags.namespace || contexts[0]?.namespace}`;
    throw new CliError('notFound', `no Gslb and no host named ${unmatched.join(', ')}${scope}`, {
      hint: flags['all-namespaces'] ? 'kubectl gslb status -A lists all' : '-A looks in all namespaces',
    });
  }
  if (statuses.length === 0 && asked.length > 0) io.stderr.write(nothingFound(flags, contexts));
  io.stderr.write(problemLines(problems));
  if (failed.length > 0 || asked.every(lacksGslbs)) return exitCodes.error;
  return problems.length > 0 ? exitCodes.unhealthy : exitCodes.ok;
}

function byNamespaceHostContext(a: HostStatus, b: HostStatus): number {
  return (
    compare(a.namespace, b.namespace) || compare(a.host ?? '', b.host ?? '') || compare(a.context, b.context)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
