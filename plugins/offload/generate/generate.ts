import { encodeInvitation } from '#core/peering/invitation.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import type { GenerateInput } from './command.ts';
import { invite } from './invite.ts';
import { peerCommand } from './peer-command.ts';

/** `kubectl offload generate peer-command`. */
export async function generate({ flags, args, io }: GenerateInput): Promise<number> {
  if (args.length !== 1 || args[0] !== 'peer-command')
    throw new CliError(
      'usage',
      args.length === 0
        ? 'what to generate is missing'
        : `kubectl offload generate cannot make "${args.join(' ')}"`,
      {
        hint: 'kubectl offload generate peer-command',
      },
    );
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  await using cluster = await openCluster(flags, io);
  const invitation = await invite(cluster, flags, { timeoutMs, io });
  if (!flags['only-command'])
    io.stderr.write(
      `\nExecute this command on a *different* cluster, before ${invitation.expiresAt}, to enable an outgoing peering with the current cluster:\n\n`,
    );
  io.stdout.write(peerCommand(invitation.provider.clusterID, encodeInvitation(invitation)));
  return exitCodes.ok;
}
