import { type Node, nodes, type Service, services } from '#core/api/kubernetes.ts';
import type { Invitation } from '#core/peering/invitation.ts';
import { found } from '#core/source/found.ts';
import type { Io } from '#plugins/cli/io.ts';
import { until } from '#plugins/cli/until.ts';
import { hostPortText } from '#plugins/offload/cluster/addresses.ts';
import { deployments } from '#plugins/offload/cluster/kinds.ts';
import { annotations, labels, names } from '#plugins/offload/cluster/names.ts';
import type { OpenCluster } from '#plugins/offload/cluster/open-cluster.ts';
import type { ClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';

/** More addresses than these make an invitation long and no peering better. */
const mostAddresses = 16;
/** A gateway that is not up yet is waited for a while, so that the other side finds it. */
const gatewayMs = 30_000;

/** How others reach the gateway, and its key's fingerprint, which the agent leaves on its Service. */
export async function gateway(
  { api }: OpenCluster,
  config: Pick<ClusterConfig, 'gatewayAddresses'>,
  { timeoutMs, io }: { readonly timeoutMs: number; readonly io: Pick<Io, 'stderr' | 'signal'> },
): Promise<Invitation['gateway']> {
  const key = `${names.system}/${names.gateway}`;
  const { service, fingerprint } = await until(
    async () => {
      const there = await found(api.get(services, key));
      if (there === undefined) return { waiting: `there is no Service ${key}` };
      const text = there.metadata.annotations?.[annotations.gatewayFingerprint] ?? '';
      if (text === '')
        return {
          waiting: `Service ${key} has no ${annotations.gatewayFingerprint}; does offload-agent run?`,
        };
      return { done: { service: there, fingerprint: text } };
    },
    {
      what: "the agent to make the gateway's key",
      timeoutMs,
      hint: `kubectl get pods -n ${names.system}; kubectl logs -n ${names.system} deploy/${names.agent}`,
      signal: io.signal,
    },
  );
  const given = config.gatewayAddresses
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const addresses = given.length > 0 ? given : nodeAddresses(await api.readList(nodes), service);
  if (addresses.length === 0)
    io.stderr.write(
      'warning: the gateway has no address that others reach; give some with kubectl offload install --gateway-addresses\n',
    );
  await running({ api }, Math.min(gatewayMs, timeoutMs), io);
  return { addresses, fingerprint };
}

/** InternalIPs of real nodes with the Service's NodePort, Ready nodes first. */
export function nodeAddresses(all: readonly Node[], service: Service): readonly string[] {
  const ports = service.spec?.ports as readonly { readonly nodePort?: number }[] | undefined;
  const port = ports?.[0]?.nodePort;
  if (port === undefined) return [];
  const ready = ({ status }: Node): boolean =>
    status?.conditions?.some(({ type, status: word }) => type === 'Ready' && word === 'True') ?? false;
  return all
    .filter(({ metadata }) => metadata.labels?.[labels.type] !== 'virtual-node')
    .toSorted((a, b) => Number(ready(b)) - Number(ready(a)))
    .flatMap(({ status }) => status?.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => hostPortText({ host: address, port }))
    .slice(0, mostAddresses);
}

async function running(
  { api }: Pick<OpenCluster, 'api'>,
  timeoutMs: number,
  io: Pick<Io, 'stderr' | 'signal'>,
): Promise<void> {
  try {
    await until(
      async () => {
        const deployment = await api.get(deployments, `${names.system}/${names.gateway}`);
        return (deployment.status?.availableReplicas ?? 0) > 0
          ? { done: undefined }
          : { waiting: `no pod of Deployment ${names.gateway} is available` };
      },
      { what: 'the gateway', timeoutMs, hint: '', signal: io.signal },
    );
  } catch (error) {
    io.signal.throwIfAborted();
    io.stderr.write(
      `warning: ${(error as Error).message}; until it runs, Services do not reach over (kubectl get pods -n ${names.system})\n`,
    );
  }
}
