import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { paintFor } from '#plugins/cli/paint.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import type { StatusInput } from './command.ts';
import { peeringStatuses } from './conclude.ts';
import { gather } from './gather.ts';
import { problemsOf } from './problems.ts';
import { problemLines, statusText, structuredStatus } from './render.ts';

/** `kubectl offload status`. */
export async function showStatus({ flags, args, io }: StatusInput): Promise<number> {
  await using cluster = await openCluster(flags, io);
  const all = await gather(cluster);
  const missing = args.filter((name) => !all.peerings.some(({ clusterID }) => clusterID === name));
  if (missing.length > 0)
    throw new CliError('notFound', `not peered with ${missing.join(', ')}`, {
      hint: 'kubectl offload status lists the peerings',
    });
  const facts =
    args.length === 0
      ? all
      : { ...all, peerings: all.peerings.filter(({ clusterID }) => args.includes(clusterID)) };
  const statuses = peeringStatuses(facts);
  const problems = problemsOf(facts);
  io.stdout.write(
    flags.output === 'name'
      ? statuses.map(({ name }) => `foreigncluster.core.liqo.io/${name}\n`).join('')
      : flags.output === undefined || flags.output === 'wide'
        ? statusText(facts, statuses, {
            paint: paintFor(flags.color, io),
            headers: !flags['no-headers'],
            wide: flags.output === 'wide',
            nowMs: (io.now ?? Date.now)(),
          })
        : await structuredText(structuredStatus(facts, statuses, problems), flags.output),
  );
  io.stderr.write(problemLines(problems));
  return problems.length > 0 ? exitCodes.unhealthy : exitCodes.ok;
}
