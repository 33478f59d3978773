import type { Resource } from '#core/api/kubernetes.ts';
import type { Credentials } from '#core/source/api-server/access.ts';
import { ApiClient } from '#core/source/api-server/client.ts';
import { getFromPod } from '#core/source/api-server/get-from-pod.ts';
import { kubeconfigCredentials } from '#core/source/api-server/kubeconfig.ts';
import { readList, readObject, requestTimeoutMs } from '#core/source/api-server/reads.ts';
import { SourceError } from '#core/source/errors.ts';
import { plainAccess } from '#core/source/kubeconfig/plain-access.ts';
import { type Kubeconfig as KubeconfigFile, readKubeconfig } from '#core/source/kubeconfig/read.ts';
import type { Cluster, Context, Kubeconfig } from './kubeconfig.ts';

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
    contexts: file.contexts.map(({ name, cluster, namespace = 'default' }) => ({
      name,
      server: String(file.clusters.get(cluster)?.fields['server'] ?? ''),
      namespace,
    })),
    open: (context) => openCluster(file, context, options),
  };
}

function openCluster(file: KubeconfigFile, context: Context, { path, timeoutMs }: OpenOptions): Cluster {
  const credentials = lazily(async () => {
    const access = await plainAccess(file, context.name);
    return access === undefined
      ? kubeconfigCredentials({
          context: context.name,
          now: () => performance.now(),
          ...(path && { path }),
        })
      : { access: async () => access, forget: () => undefined };
  });
  const client = new ApiClient(credentials, 'kubectl-gslb');
  const timed = limited(context, timeoutMs);
  return {
    list: (resource, listOptions, signal) =>
      timed(`list ${resource.plural}`, signal, (either) => readList(client, resource, listOptions, either)),
    serves: (resource, signal) =>
      timed(`discover ${resource.plural}`, signal, (either) => isServed(client, resource, either)),
    get: (resource, key, signal) =>
      timed(`get ${resource.plural} ${key}`, signal, (either) => readObject(client, resource, key, either)),
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
  try {
    const { resources = [] } = (await client.json(request, requestTimeoutMs)) as {
      readonly resources?: readonly { readonly name?: string }[];
    };
    return resources.some(({ name }) => name === plural);
  } catch (error) {
    if (error instanceof SourceError && error.code === 'notFound') return false;
    throw error;
  }
}

/** Credentials that are made at the first request; made anew when making them failed. */
function lazily(make: () => Promise<Credentials>): Credentials {
  let made: Promise<Credentials> | undefined;
  return {
    access: async () => {
      made ??= make();
      try {
        return await (await made).access();
      } catch (error) {
        made = undefined;
        throw error;
      }
    },
    forget: () => {
      void made?.then(
        (credentials) => credentials.forget(),
        () => undefined,
      );
    },
  };
}

/** Gives up on work when the time of --request-timeout is over. */
function limited(context: Context, timeoutMs: number) {
  return async <T>(
    what: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (timeoutMs === 0) return work(signal);
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await work(AbortSignal.any([signal, timeout]));
    } catch (error) {
      signal.throwIfAborted();
      if (!timeout.aborted) throw error;
      throw new SourceError(
        'timeout',
        `cannot ${what} at ${context.server}: no answer within ${timeoutMs / 1000} s`,
        { hint: 'wait longer with --request-timeout', cause: error },
      );
    }
  };
}
