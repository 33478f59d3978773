import type { Namespace } from '#core/api/kubernetes.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from '#core/source/found.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import { structuredText } from '#plugins/cli/structured.ts';
import { until } from '#plugins/cli/until.ts';
import { chooseNamespaces } from '#plugins/offload/cluster/choose-namespaces.ts';
import { labels, names } from '#plugins/offload/cluster/names.ts';
import { type OpenCluster, openCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { installedConfig } from '#plugins/offload/cluster/this-cluster.ts';
import type { NamespaceInput } from './command.ts';
import { desiredOffloading, tightens } from './desired.ts';
import { gatherContents } from './gather-contents.ts';
import { outcome } from './outcome.ts';
import { willNotSpan } from './spans.ts';

/** `kubectl offload namespace`. */
export async function offloadNamespaces({ flags, args, io }: NamespaceInput): Promise<number> {
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  // The objects of names need no cluster.
  if (flags.output !== undefined && flags['ns-selector'] === undefined) {
    if (args.length === 0)
      throw new CliError('usage', 'no namespace is named', { hint: 'kubectl offload namespace NAME' });
    for (const name of args) await print(desiredOffloading(name, flags, undefined), flags.output, io);
    return exitCodes.ok;
  }
  await using cluster = await openCluster(flags, io);
  const chosen = await chooseNamespaces(cluster.api, args, flags['ns-selector']);
  if (flags.output !== undefined) {
    for (const { metadata } of chosen)
      await print(desiredOffloading(metadata.name, flags, undefined), flags.output, io);
    return exitCodes.ok;
  }
  await installedConfig(cluster);
  for (const namespace of chosen) refuseSystem(namespace);
  let failed = false;
  for (const { metadata } of chosen)
    failed = !(await offload(cluster, metadata.name, { flags, io }, timeoutMs)) || failed;
  return failed ? exitCodes.error : exitCodes.ok;
}

async function print(object: unknown, format: 'json' | 'yaml', io: NamespaceInput['io']): Promise<void> {
  io.stdout.write((format === 'yaml' ? '---\n' : '') + (await structuredText(object, format)));
}

const systemNames = ['kube-system', 'kube-public', 'kube-node-lease', names.system];

function refuseSystem({ metadata }: Namespace): void {
  const { name, labels: its = {} } = metadata;
  const what = systemNames.includes(name)
    ? 'a namespace of the system'
    : its[labels.tenantNamespace] === 'true'
      ? 'the namespace of a peering'
      : its[labels.tenantOfTwin] !== undefined
        ? `the twin of a namespace of ${its[labels.remoteClusterID]}`
        : undefined;
  if (what === undefined) return;
  throw new CliError('usage', `${name} is ${what}, and is not offloaded`, {
    hint: 'offload a namespace of your own',
  });
}

/** False where a cluster refused; what it said has been written. */
async function offload(
  { api }: OpenCluster,
  namespace: string,
  { flags, io }: Pick<NamespaceInput, 'flags' | 'io'>,
  timeoutMs: number,
): Promise<boolean> {
  const key = `${namespace}/${names.offloading}`;
  const before = await found(api.get(namespaceOffloadings, key));
  if (before?.metadata.deletionTimestamp !== undefined)
    throw new CliError('cluster', `the offloading of namespace ${namespace} is just being ended`, {
      hint: `kubectl offload unoffload namespace ${namespace} waits for it`,
    });
  const wanted = desiredOffloading(namespace, flags, before?.spec);
  const unable = willNotSpan(await gatherContents(api, namespace));
  if (unable.length > 0) {
    io.stderr.write(`What will not span clusters in namespace ${namespace}:\n`);
    for (const line of unable) io.stderr.write(`  ${line}\n`);
  }
  const applied = await explained(api.apply(namespaceOffloadings, wanted), namespace);
  if (tightens(before?.spec, wanted.spec))
    io.stderr.write(
      'warning: The PodOffloadingStrategy was mutated to a more restrictive setting\nwarning: Existing pods violating this policy might still be running\n',
    );
  io.stderr.write(`Offloading of namespace "${namespace}" correctly enabled\n`);
  const result = await until(
    async () => outcome(await found(api.get(namespaceOffloadings, key)), applied.metadata.generation ?? 0),
    {
      what: `offloading of namespace ${namespace} to complete`,
      timeoutMs,
      hint: `kubectl get namespaceoffloadings -n ${namespace} ${names.offloading} -o yaml; it goes on without this command`,
      signal: io.signal,
      everyMs: 100,
    },
  );
  switch (result.kind) {
    case 'ready':
      io.stderr.write('Offloading completed successfully\n');
      return true;
    case 'noCluster':
      io.stderr.write(
        'warning: Offloading completed, but no cluster was selected\nhint: kubectl get virtualnodes -A --show-labels shows what a selector may name; kubectl offload peer adds clusters\n',
      );
      return true;
    case 'failed':
      for (const why of result.why) io.stderr.write(`error: namespace ${namespace} at ${why}\n`);
      io.stderr.write(
        `hint: the namespace stays offloaded where it works; to take it back: kubectl offload unoffload namespace ${namespace}\n`,
      );
      return false;
  }
}

async function explained<T>(work: Promise<T>, namespace: string): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof SourceError) || !cause.message.includes('cannot be modified after creation'))
      throw cause;
    throw new CliError('cluster', `the name of the twin of ${namespace} is fixed while it is offloaded`, {
      hint: `kubectl offload unoffload namespace ${namespace}, then offload it anew`,
      cause,
    });
  }
}
