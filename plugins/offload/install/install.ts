import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import { found } from '#core/source/found.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { Io } from '#plugins/cli/io.ts';
import { until } from '#plugins/cli/until.ts';
import { customResourceDefinitions, deployments, manifestKinds } from '#plugins/offload/cluster/kinds.ts';
import { names } from '#plugins/offload/cluster/names.ts';
import { type OpenCluster, openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { type ClusterConfig, readClusterConfig } from '#plugins/offload/cluster/this-cluster.ts';
import { advisedLength } from './cluster-id.ts';
import type { InstallInput } from './command.ts';
import { filledIn, stepObjects, steps } from './manifests.ts';
import { refuseObstacles } from './obstacles.ts';
import { settings } from './settings.ts';
import { unavailable } from './unavailable.ts';

/** How long CRDs may take to be served, and policies that just went to be gone. */
const crdsMs = 30_000;

/** `kubectl offload install`. */
export async function install({ flags, io, program }: InstallInput): Promise<number> {
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  await using cluster = await openCluster(flags, io);
  if (flags['dry-run'] === 'client') {
    const config = settings(flags, undefined, cluster.name);
    return print(config, flags.image ?? defaultImage(program.version), io);
  }
  const installed = await readClusterConfig(cluster);
  const config = settings(flags, installed, cluster.name);
  await refuseObstacles(cluster, installed, config);
  const image = flags.image ?? defaultImage(program.version) ?? (await installedImage(cluster));
  if (config.clusterID.length > advisedLength)
    io.stderr.write(
      `warning: the id has ${config.clusterID.length} characters: <namespace>-<id> must fit 63, so many namespaces will need a name of their own\n`,
    );

  for (const step of steps) {
    for (const object of stepObjects(step)) await apply(cluster, filledIn(object, config, image));
    if (step === 'crds') await established(cluster, io);
    io.stderr.write(`${said[step]}\n`);
  }
  if (flags.wait) await available(cluster, timeoutMs, io);
  io.stderr.write(
    `All Set! Cluster ${config.clusterID} can now be peered with others (kubectl offload generate peer-command --help)\n`,
  );
  return exitCodes.ok;
}

const said: Readonly<Record<(typeof steps)[number], string>> = {
  'namespace.yaml': `Namespace ${names.system} applied`,
  crds: 'CRDs established',
  'rbac.yaml': 'Accounts and roles applied',
  guards: 'Guards applied',
  'config.yaml': 'Cluster configuration applied',
  'agent.yaml': 'Agent applied',
  'gateway.yaml': 'Gateway applied',
  scheduling: 'Scheduling policy applied',
};

/** Of a release its own; else what is installed, or what the manifests say. */
function defaultImage(version: string): string | undefined {
  return /^v\d+\.\d+\.\d+$/.test(version) ? `interspan/offload-agent:${version}` : undefined;
}

async function installedImage({ api }: OpenCluster): Promise<string | undefined> {
  const deployment = await found(api.get(deployments, `${names.system}/${names.agent}`));
  return deployment?.spec?.template?.spec?.containers?.[0]?.image;
}

async function print(config: ClusterConfig, image: string | undefined, io: Io): Promise<number> {
  const { stringify } = await import('yaml');
  const objects = steps.flatMap(stepObjects).map((object) => filledIn(object, config, image));
  io.stdout.write(
    objects.map((object) => stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 })).join('---\n'),
  );
  return exitCodes.ok;
}

async function apply({ api }: OpenCluster, object: KubeObject): Promise<void> {
  const resource = resourceOf(object);
  const key = objectKey(resource, object.metadata);
  const made = await api.apply(resource, object);
  if (made.metadata.deletionTimestamp === undefined) return;
  throw new CliError('cluster', `${resource.kind} ${key} is still being deleted by an earlier uninstall`, {
    hint: `kubectl get ${resource.plural} ${made.metadata.name} -o yaml shows what holds it; then install again`,
  });
}

function resourceOf({ kind }: KubeObject): Resource {
  const resource = manifestKinds.get(kind);
  if (resource !== undefined) return resource;
  throw new Error(`manifests/offload has a ${kind}, which the plugin cannot apply`);
}

async function established({ api }: OpenCluster, io: Io): Promise<void> {
  const waiting = new Set(stepObjects('crds').map(({ metadata }) => metadata.name));
  await until(
    async () => {
      for (const name of waiting) {
        const { status } = await api.get(customResourceDefinitions, name);
        const ready = status?.conditions?.find(({ type }) => type === 'Established');
        if (ready?.status !== 'True')
          return { waiting: `CRD ${name} is not established${ready?.message ? `: ${ready.message}` : ''}` };
        waiting.delete(name);
      }
      return { done: undefined };
    },
    {
      what: 'the CRDs to be served',
      timeoutMs: crdsMs,
      hint: 'kubectl get crd -l app.kubernetes.io/part-of=interspan, then install again',
      signal: io.signal,
      everyMs: 50,
    },
  );
}

async function available({ api }: OpenCluster, timeoutMs: number, io: Io): Promise<void> {
  for (const name of [names.agent, names.gateway]) {
    await until(
      async () => {
        const missing = unavailable(await api.get(deployments, `${names.system}/${name}`));
        return missing === undefined ? { done: undefined } : { waiting: missing };
      },
      {
        what: `Deployment ${name} to be available`,
        timeoutMs,
        hint: `kubectl describe pods -n ${names.system} -l app.kubernetes.io/name=${name}; what was applied stays, and install can be run again`,
        signal: io.signal,
      },
    );
    io.stderr.write(`Deployment ${name} is available\n`);
  }
}
