import { found } from '#core/source/found.ts';
import { clientVersionText } from '#plugins/cli/command.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { deployments } from '#plugins/offload/cluster/kinds.ts';
import { names } from '#plugins/offload/cluster/names.ts';
import { openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import type { VersionInput } from './command.ts';

/** `kubectl offload version`. The client's line is there whatever the cluster says. */
export async function showVersions({ program, flags, io }: VersionInput): Promise<number> {
  const client = program.version;
  if (!flags.client && flags.output === undefined) io.stdout.write(clientVersionText(client));
  const images = flags.client ? undefined : await gatherImages({ flags, io });
  if (flags.output !== undefined) {
    const document = {
      apiVersion: 'cli.interspan.dev/v1alpha1',
      kind: 'OffloadVersion',
      clientVersion: client,
      ...(images === undefined ? {} : { images }),
    };
    io.stdout.write(await structuredText(document, flags.output));
    return exitCodes.ok;
  }
  const text = (image: string | undefined) => image ?? 'not installed';
  io.stdout.write(`Agent: ${text(images?.agent)}\nGateway: ${text(images?.gateway)}\n`);
  return exitCodes.ok;
}

async function gatherImages({ flags, io }: Pick<VersionInput, 'flags' | 'io'>) {
  await using cluster = await openCluster(flags, io);
  const [agent, gateway] = await Promise.all(
    [names.agent, names.gateway].map(async (name) => {
      const deployment = await found(cluster.api.get(deployments, `${names.system}/${name}`));
      return deployment?.spec?.template?.spec?.containers?.[0]?.image;
    }),
  );
  return { agent, gateway };
}
