import { type Node, namespaces, nodes, secrets } from '#core/api/kubernetes.ts';
import { type ForeignCluster, foreignClusters } from '#core/api/offload/foreign-cluster.ts';
import { encodeInvitation, type Invitation } from '#core/peering/invitation.ts';
import { found } from '#core/source/found.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { Io } from '#plugins/cli/io.ts';
import { until } from '#plugins/cli/until.ts';
import { parseHostPort, serverAddress } from '#plugins/offload/cluster/addresses.ts';
import { annotations, names, virtualNodeName } from '#plugins/offload/cluster/names.ts';
import { type OpenCluster, openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { installedConfig } from '#plugins/offload/cluster/this-cluster.ts';
import { invite } from '#plugins/offload/generate/invite.ts';
import type { PeerInput } from './command.ts';
import { dialAll } from './dial.ts';
import { judgeDials } from './judge-dials.ts';
import { isPeered, peeringProgress } from './progress.ts';
import { type ReadInvitation, readToken, refuseLiteral } from './read-token.ts';

/** How long a refusal that stood before may be the agent's word on an earlier invitation. */
const staleMs = 5000;

/** `kubectl offload peer`. */
export async function peer({ flags, args, io }: PeerInput): Promise<number> {
  refuseLiteral(args);
  const [name, ...more] = args;
  if (more.length > 0)
    throw new CliError('usage', `kubectl offload peer takes one name, found ${args.length}`, {
      hint: 'kubectl offload peer --help',
    });
  const remote = flags['remote-kubeconfig'] ?? flags['remote-context'];
  if ((flags.token === undefined) === (remote === undefined))
    throw new CliError(
      'usage',
      flags.token === undefined
        ? 'an invitation of the provider is needed'
        : '--token and --remote-kubeconfig exclude each other',
      {
        hint: 'run the command that kubectl offload generate peer-command prints at the provider, or name its kubeconfig with --remote-kubeconfig',
      },
    );
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  const deadline = performance.now() + timeoutMs;
  const given = flags.token === undefined ? undefined : await readToken(flags.token, io);
  if (given !== undefined) checkName(name, given.invitation);
  await using cluster = await openCluster(flags, io);
  const own = await installedConfig(cluster);
  if (name !== undefined && name === own.clusterID)
    throw new CliError('cluster', `${name} is this cluster: it cannot peer with itself`, {
      hint: 'use the kubeconfig of the other cluster',
    });
  const invited = given ?? (await inviteThere({ flags, io }, cluster, name, timeoutMs));
  const clusterID = typeof invited === 'string' ? invited : invited.invitation.provider.clusterID;
  const before = await found(cluster.api.get(foreignClusters, clusterID));
  if (typeof invited !== 'string') await refuseOther(cluster, invited.invitation.provider);
  if (typeof invited === 'string' || isPeered(before)) {
    io.stderr.write(`already peered with ${clusterID}\n`);
    return exitCodes.ok;
  }
  const { invitation, text } = invited;
  if (!flags['skip-dial']) await dial(invitation, io);
  await cluster.api.apply(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace: names.system,
      name: `invitation-${clusterID}`,
      annotations: { [annotations.invitationFor]: clusterID },
    },
    type: 'Opaque',
    data: { invitation: Buffer.from(text).toString('base64') },
  });
  io.stderr.write('Peering enabled\n');
  await follow(cluster, clusterID, before, Math.max(1000, deadline - performance.now()), io);
  return exitCodes.ok;
}

function checkName(name: string | undefined, { provider }: Invitation): void {
  if (name === provider.clusterID) return;
  throw new CliError(
    'usage',
    name === undefined
      ? `the name of the provider is missing: the invitation is of ${provider.clusterID}`
      : `the invitation is of ${provider.clusterID}, not of ${name}`,
    { hint: `kubectl offload peer ${provider.clusterID} --token …` },
  );
}

/** Refuses an invitation of a cluster that has the id of another one that is peered with. */
async function refuseOther(
  { api }: OpenCluster,
  { clusterID, clusterUID }: Invitation['provider'],
): Promise<void> {
  const kept = await found(api.get(secrets, `${names.system}/peering-${clusterID}`));
  const known = Buffer.from(kept?.data?.['clusterUID'] ?? '', 'base64').toString('utf8');
  if (known === '' || known === clusterUID) return;
  throw new CliError(
    'cluster',
    `this cluster is peered with another cluster that has the id ${clusterID} too: that one has UID ${known}, the invitation is of UID ${clusterUID}`,
    {
      hint: `give one of the two another id (kubectl offload install --cluster-id there, once its peerings have ended) and invite again; if it is the same cluster, built anew: kubectl offload unpeer ${clusterID} --forget`,
    },
  );
}

/** An invitation of the cluster of --remote-kubeconfig; only its id where it is a provider already. */
async function inviteThere(
  { flags, io }: Pick<PeerInput, 'flags' | 'io'>,
  here: OpenCluster,
  name: string | undefined,
  timeoutMs: number,
): Promise<ReadInvitation | string> {
  const context = flags['remote-context'];
  const kubeconfig = flags['remote-kubeconfig'] ?? flags.kubeconfig;
  await using there = await openCluster(
    {
      kubeconfig,
      context: context === undefined ? [] : [context],
      'request-timeout': flags['request-timeout'],
    },
    io,
  );
  const { clusterID } = await installedConfig(there);
  if (name !== undefined && name !== clusterID)
    throw new CliError('usage', `the cluster of the remote kubeconfig is ${clusterID}, not ${name}`, {
      hint: `kubectl offload peer ${clusterID}`,
    });
  const { uid: clusterUID = '' } = (await there.api.get(namespaces, 'kube-system')).metadata;
  await refuseOther(here, { clusterID, clusterUID });
  // No invitation is made that nobody needs.
  if (isPeered(await found(here.api.get(foreignClusters, clusterID)))) return clusterID;
  const invitation = await invite(there, flags, { timeoutMs, io });
  io.stderr.write('(remote) Peering information correctly retrieved\n');
  return { invitation, text: encodeInvitation(invitation) };
}

async function dial({ provider, servers, gateway }: Invitation, io: Pick<Io, 'stderr' | 'signal'>) {
  const [ofServers, ofGateway] = await Promise.all([
    dialAll(servers.map(serverAddress), io.signal),
    dialAll(
      gateway.addresses.map(parseHostPort).filter((address) => address !== undefined),
      io.signal,
    ),
  ]);
  io.signal.throwIfAborted();
  for (const warning of judgeDials(provider.clusterID, ofServers, ofGateway))
    io.stderr.write(`warning: ${warning}\n`);
}

async function follow(
  { api }: OpenCluster,
  clusterID: string,
  before: ForeignCluster | undefined,
  timeoutMs: number,
  io: Pick<Io, 'stderr' | 'signal'>,
): Promise<void> {
  const began = performance.now();
  const said = new Set<string>();
  await until(
    async () => {
      const [foreign, node] = await Promise.all([
        found<ForeignCluster>(api.get(foreignClusters, clusterID)),
        found<Node>(api.get(nodes, virtualNodeName(clusterID))),
      ]);
      const { met, waiting, refusal } = peeringProgress(clusterID, foreign, node);
      const stale =
        foreign?.metadata.resourceVersion === before?.metadata.resourceVersion &&
        performance.now() - began < staleMs;
      if (refusal !== undefined && !stale)
        throw new CliError(
          'cluster',
          `the peering with ${clusterID} was refused: ${refusal.reason}: ${refusal.message}`,
          {
            hint: `kubectl offload status ${clusterID} shows it; kubectl offload unpeer ${clusterID} clears it away`,
          },
        );
      for (const line of met) {
        if (said.has(line) || (stale && before !== undefined)) continue;
        said.add(line);
        io.stderr.write(`${line}\n`);
      }
      return waiting === undefined && !stale
        ? { done: undefined }
        : { waiting: waiting ?? 'the agent has not looked at the new invitation yet' };
    },
    {
      what: `the peering with ${clusterID}`,
      timeoutMs,
      hint: `kubectl offload status ${clusterID}; kubectl logs -n ${names.system} deploy/${names.agent}. It goes on without this command`,
      signal: io.signal,
      everyMs: 100,
    },
  );
}
