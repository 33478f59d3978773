import type { Resource } from '#core/api/kubernetes.ts';
import { ApiClient } from '#core/source/api-server/client.ts';
import { getFromPod } from '#core/source/api-server/get-from-pod.ts';
import { readList, readObject, requestTimeoutMs } from '#core/source/api-server/reads.ts';
import { Writes } from '#core/source/api-server/writes.ts';
import { found } from '#core/source/found.ts';
import { type Kubeconfig as KubeconfigFile, readKubeconfig } from '#core/source/kubeconfig/read.ts';
import { contextCredentials } from '#plugins/cli/context-credentials.ts';
import { type Context, contextsOf } from '#plugins/cli/contexts.ts';
import { timeLimit } from '#plugins/cli/time-limit.ts';
import type { Cluster, Kubeconfig } from './kubeconfig.ts';

export interface OpenOptions {
  /** `--kubeconfig`; undefined: KUBECONFIG, else ~/.kube/config. */
  readonly path: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Longest time of one request; 0: no limit. */
  readonly timeoutMs: number;
}

/** Reads the kubeconfig. Credentials are only made when a cluster is asked. @throws SourceError `kubeconfig`. */
export async function openKubeconfig(options: OpenOptions): Promise<Kubeconfig> {
  const file = await readKubeconfig(options.path, options.env);
  return {
    currentContext: file.currentContext || undefined,
    contexts: contextsOf(file),
    open: (context) => openCluster(file, context, options),
  };
}

function openCluster(file: KubeconfigFile, context: Context, { path, timeoutMs }: OpenOptions): Cluster {
  const credentials = contextCredentials(file, context.name, path);
  const client = new ApiClient(credentials, 'kubectl-gslb');
  const timed = timeLimit(context.server, timeoutMs);
  return {
    list: (resource, listOptions, signal) =>
      timed(`list ${resource.plural}`, signal, (either) => readList(client, resource, listOptions, either)),
    serves: (resource, signal) =>
      timed(`discover ${resource.plural}`, signal, (either) => isServed(client, resource, either)),
    get: (resource, key, signal) =>
      timed(`get ${resource.plural} ${key}`, signal, (either) => readObject(client, resource, key, either)),
    patch: (resource, key, patch, signal) =>
      timed(`patch ${resource.plural} ${key}`, signal, (either) =>
        new Writes(client, 'kubectl-gslb', either).patch(resource, key, patch),
      ),
    getFromPod: (pod, port, podPath, signal) =>
      timed(`forward to pod ${pod.namespace}/${pod.name}`, signal, (either) =>
        getFromPod(credentials, pod, port, podPath, either),
      ),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

async function isServed(
  client: ApiClient,
  { group, version, plural }: Resource,
  signal: AbortSignal,
): Promise<boolean> {
  const request = {
    method: 'GET',
    path: `/apis/${group}/${version}`,
    intent: { verb: 'get' },
    signal,
  } as const;
  const served = (await found(client.json(request, requestTimeoutMs))) as
    | { readonly resources?: readonly { readonly name?: string }[] }
    | undefined;
  return served?.resources?.some(({ name }) => name === plural) ?? false;
}
