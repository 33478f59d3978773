import { CliError } from '#plugins/cli/errors.ts';
import type { Dialled } from './dial.ts';

/**
 * What unreachable addresses mean: warnings while another one of the same kind answers.
 * @throws CliError `cluster` where no address of the API server, or of the gateway, answers
 */
export function judgeDials(
  provider: string,
  servers: readonly Dialled[],
  gateways: readonly Dialled[],
): readonly string[] {
  const kinds = [
    [
      'API server',
      servers,
      'open the way to it, or invite with an address that is reached from here: kubectl offload generate peer-command --api-server-url',
    ],
    [
      'gateway',
      gateways,
      `open the way to it, see whether its pods run (kubectl get pods -n offload-system at ${provider}), or name others there: kubectl offload install --gateway-addresses`,
    ],
  ] as const;
  return kinds.flatMap(([what, dialled, hint]) => {
    const failed = dialled.filter(({ failure }) => failure !== undefined);
    const said = failed.map(({ address, failure }) => `${address} (${failure})`).join(', ');
    if (failed.length === 0) return [];
    if (failed.length < dialled.length)
      return [`the ${what} of ${provider} cannot be reached at ${said}; other addresses answer`];
    throw new CliError('cluster', `the ${what} of ${provider} cannot be reached at ${said}`, {
      hint: `${hint}; if only the cluster itself can reach it: --skip-dial`,
    });
  });
}
