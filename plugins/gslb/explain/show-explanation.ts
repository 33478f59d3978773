import { isIP } from 'node:net';
import { parseExplanation } from '#core/admin/parse.ts';
import { chooseContexts } from '#plugins/cli/choose-contexts.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { Io } from '#plugins/cli/io.ts';
import { paintFor } from '#plugins/cli/paint.ts';
import { errorText } from '#plugins/cli/report-error.ts';
import type { GlobalFlagValues } from '#plugins/cli/shared-flags.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { askEach, type FailedCluster } from '#plugins/gslb/cluster/ask-each.ts';
import { askSidecar } from '#plugins/gslb/cluster/ask-sidecar.ts';
import type { Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { type Explained, type Problem, problemsOf } from './differences.ts';
import { explanationText } from './render.ts';

interface Flags extends GlobalFlagValues {
  readonly client: string | undefined;
  readonly 'all-contexts': boolean;
  readonly output: 'json' | 'yaml' | undefined;
  readonly 'no-headers': boolean;
}

/**
 * `kubectl gslb explain` once its kubeconfig is read. Returns the exit code: a cluster that could not be asked (1)
 * goes before something that is wrong with the host (3).
 */
export async function showExplanation(
  kubeconfig: Kubeconfig,
  flags: Flags,
  names: readonly string[],
  io: Io,
): Promise<number> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0)
    throw new CliError('usage', `explain takes one host, not ${names.length}`, {
      hint: 'kubectl gslb status lists the hosts',
    });
  if (flags.client !== undefined && isIP(flags.client) === 0)
    throw new CliError('usage', `--client "${flags.client}" is not an IP address`, {
      hint: 'for example --client 192.0.2.1',
    });
  const host = name.toLowerCase().replace(/\.$/, '');
  const query = new URLSearchParams({ host, ...(flags.client !== undefined && { client: flags.client }) });
  const { asked, failed } = await askEach(
    kubeconfig,
    chooseContexts(kubeconfig, flags),
    async (cluster, { name: context }): Promise<Explained> => ({
      context,
      explanation: await askSidecar(cluster, `/explain?${query}`, parseExplanation, io.signal),
    }),
    io.signal,
  );
  const problems = problemsOf(host, asked);
  if (flags.output === undefined) {
    const paint = paintFor(flags.color, io);
    const options = { nowMs: (io.now ?? Date.now)(), headers: !flags['no-headers'] };
    io.stdout.write(asked.map((each) => explanationText(each, options, paint)).join('\n'));
  } else io.stdout.write(await structuredText(structured(host, asked, failed, problems), flags.output));
  for (const { error } of failed) io.stderr.write(errorText(error, flags.v));
  // One that is not served, or has no answer, says so in its own text.
  for (const { code, message } of problems) if (code === 'differs') io.stderr.write(`differs: ${message}\n`);
  if (failed.length > 0) return exitCodes.error;
  if (asked.every(({ explanation }) => explanation.decided === undefined)) return exitCodes.error;
  return problems.length > 0 ? exitCodes.unhealthy : exitCodes.ok;
}

/** What `-o json` and `-o yaml` print: docs/reference/kubectl-gslb-explain.md describes it. */
function structured(
  host: string,
  asked: readonly Explained[],
  failed: readonly FailedCluster[],
  problems: readonly Problem[],
): unknown {
  return {
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbExplanationList',
    host,
    clusters: [
      ...asked.map(({ context, explanation: { geoTag, client, notServed, decided } }) => ({
        context,
        reached: true,
        geoTag,
        ...(client !== undefined && { client }),
        ...(notServed !== undefined && { notServed }),
        ...(decided !== undefined && { decided }),
      })),
      ...failed.map(({ context, server, error }) => ({
        context,
        reached: false,
        server,
        message: error.message,
      })),
    ],
    problems,
  };
}
