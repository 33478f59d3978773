import { CliError } from '#plugins/cli/errors.ts';
import { checkServers, parseHostPort } from '#plugins/offload/cluster/addresses.ts';
import type { ClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';
import { checkClusterID, idFrom } from './cluster-id.ts';

/** What was given on the command line; undefined: nothing was. */
export interface GivenSettings {
  readonly 'cluster-id': string | undefined;
  readonly 'cluster-labels': string | undefined;
  readonly 'api-server-url': string | undefined;
  readonly 'gateway-addresses': string | undefined;
}

/**
 * What the ConfigMap will say: what was given, else what it says now, else nothing; the id's last resort is the name of
 * the cluster in the kubeconfig. @throws CliError `usage`
 */
export function settings(
  given: GivenSettings,
  installed: ClusterConfig | undefined,
  clusterName: string,
): ClusterConfig {
  const id = given['cluster-id'] ?? (installed?.clusterID || idFrom(clusterName));
  if (id === undefined)
    throw new CliError('usage', `no id can be made of the cluster's name "${clusterName}"`, {
      hint: 'give one with --cluster-id, for example --cluster-id=gslb-eu',
    });
  const servers = given['api-server-url'];
  return {
    clusterID: checkClusterID(id),
    clusterLabels:
      given['cluster-labels'] === undefined
        ? (installed?.clusterLabels ?? '')
        : checkLabels(given['cluster-labels']),
    apiServerURL: servers === undefined ? (installed?.apiServerURL ?? '') : checkServers(servers).join(','),
    gatewayAddresses:
      given['gateway-addresses'] === undefined
        ? (installed?.gatewayAddresses ?? '')
        : checkAddresses(given['gateway-addresses']),
  };
}

const key = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const value = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function checkLabels(text: string): string {
  for (const pair of parts(text)) {
    const [name = '', worth, ...more] = pair.split('=');
    if (worth === undefined || more.length > 0 || !key.test(name) || !value.test(worth))
      throw new CliError('usage', `--cluster-labels: "${pair}" is not a label`, {
        hint: 'for example --cluster-labels=topology.liqo.io/type=edge,tier=gold',
      });
  }
  return parts(text).join(',');
}

function checkAddresses(text: string): string {
  for (const each of parts(text))
    if (parseHostPort(each) === undefined)
      throw new CliError('usage', `--gateway-addresses: "${each}" is not HOST:PORT`, {
        hint: 'for example --gateway-addresses=gw.example.com:5871,203.0.113.7:31871',
      });
  return parts(text).join(',');
}

function parts(text: string): readonly string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
