import { configMaps } from '#core/api/kubernetes.ts';
import { found } from '#core/source/found.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { checkServers } from '#plugins/offload/cluster/addresses.ts';
import { names } from '#plugins/offload/cluster/names.ts';
import type { OpenCluster } from '#plugins/offload/cluster/open-cluster.ts';
import type { ClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';

/**
 * How others reach this cluster's API server: what was given, else what install was told, else what the kubeconfig
 * says. The authority is the kubeconfig's and the one that the cluster gives its pods: an address may be served with
 * either. @throws CliError for addresses that only this machine reaches, and where no authority is known
 */
export async function apiServer(
  cluster: OpenCluster,
  given: string | undefined,
  config: Pick<ClusterConfig, 'apiServerURL'>,
): Promise<{ readonly servers: readonly string[]; readonly ca: string }> {
  const servers = checkServers(given ?? (config.apiServerURL || cluster.server));
  if (servers.length === 0)
    throw new CliError('usage', 'no API server is named', { hint: '--api-server-url=https://HOST:PORT' });
  const [ofKubeconfig, ofPods] = await Promise.all([
    cluster.authority(),
    found(cluster.api.get(configMaps, `${names.system}/kube-root-ca.crt`)),
  ]);
  const ca = certificates([ofKubeconfig ?? '', ofPods?.data?.['ca.crt'] ?? '']);
  if (ca === '')
    throw new CliError(
      'cluster',
      'the authority of the API server is not known: neither the kubeconfig nor ConfigMap kube-root-ca.crt has it',
      { hint: 'use a kubeconfig with certificate-authority-data' },
    );
  return { servers, ca };
}

/** Every certificate in the texts, once. */
export function certificates(texts: readonly string[]): string {
  const blocks = texts.flatMap(
    (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
  );
  return [...new Set(blocks.map((block) => block.replaceAll('\r', '')))]
    .map((block) => `${block}\n`)
    .join('');
}
