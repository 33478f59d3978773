import { hostname } from 'node:os';
import type { Resource } from '#core/api/kubernetes.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { readKubeconfig } from '#core/source/kubeconfig/read.ts';
import { untilAborted } from '#core/source/until-aborted.ts';
import { chooseContexts } from '#plugins/cli/choose-contexts.ts';
import { contextCredentials } from '#plugins/cli/context-credentials.ts';
import { contextsOf } from '#plugins/cli/contexts.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { Io } from '#plugins/cli/io.ts';
import type { GlobalFlagValues } from '#plugins/cli/shared-flags.ts';
import { timeLimit } from '#plugins/cli/time-limit.ts';

/** What commands do with a cluster; everything rejects with SourceError. */
export type ClusterApi = Pick<
  ApiServerSource,
  'get' | 'readList' | 'apply' | 'create' | 'patch' | 'delete' | 'request'
>;

/** The one cluster that a command is about. Close it. */
export interface OpenCluster extends AsyncDisposable {
  readonly api: ClusterApi;
  readonly context: string;
  /** Name of the cluster in the kubeconfig. */
  readonly name: string;
  /** URL in the kubeconfig. */
  readonly server: string;
  /** The context's namespace. */
  readonly namespace: string;
  /** Deletes what this command made, also after Ctrl-C; best effort, never rejects. */
  discard(resource: Resource, key: string): Promise<void>;
  /** Authority of the API server as the kubeconfig has it, PEM. */
  authority(): Promise<string | undefined>;
}

type Flags = Pick<GlobalFlagValues, 'kubeconfig' | 'context' | 'request-timeout'>;

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Opens the cluster of the flags' one context. No request is made yet. @throws CliError, SourceError `kubeconfig` */
export async function openCluster(flags: Flags, io: Pick<Io, 'env' | 'signal'>): Promise<OpenCluster> {
  const timeoutMs = durationMs(flags['request-timeout'], 'request-timeout');
  if (new Set(flags.context).size > 1)
    throw new CliError('usage', 'kubectl offload works on one cluster at a time, --context names several', {
      hint: 'give one --context',
    });
  const file = await readKubeconfig(flags.kubeconfig, io.env);
  const contexts = contextsOf(file);
  const [context] = chooseContexts(
    { currentContext: file.currentContext || undefined, contexts },
    { context: flags.context, 'all-contexts': false },
  );
  if (context === undefined) throw new CliError('kubeconfig', 'the kubeconfig has no context');
  const credentials = contextCredentials(file, context.name, flags.kubeconfig);
  const closed = new AbortController();
  const source = await apiServerSource({
    credentials,
    fieldManager: 'kubectl-offload',
    identity: hostname(),
    log: silent,
    now: () => performance.now(),
    random: Math.random,
    signal: closed.signal,
  });
  return {
    api: limited(source, context.server, timeoutMs, io.signal),
    context: context.name,
    name: context.cluster,
    server: context.server,
    namespace: context.namespace,
    discard: (resource, key) => source.delete(resource, key).catch(() => undefined),
    authority: async () => (await credentials.access()).tls.ca?.toString(),
    [Symbol.asyncDispose]: async () => closed.abort(),
  };
}

/** Every request within --request-timeout, and none after Ctrl-C. */
function limited(source: ApiServerSource, server: string, timeoutMs: number, stop: AbortSignal): ClusterApi {
  const limit = timeLimit(server, timeoutMs);
  const timed = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    limit(what, stop, (signal) => untilAborted(work(), signal)).catch((error: unknown) => {
      throw withHint(error, server);
    });
  return {
    get: (resource, key) => timed(`get ${resource.plural} ${key}`, () => source.get(resource, key)),
    readList: (resource, options) =>
      timed(`list ${resource.plural}`, () => source.readList(resource, options)),
    apply: (resource, object) =>
      timed(`apply ${resource.plural} ${object.metadata.name}`, () => source.apply(resource, object)),
    create: (resource, object) =>
      timed(`create ${resource.plural} ${object.metadata.name}`, () => source.create(resource, object)),
    patch: (resource, key, patch) =>
      timed(`patch ${resource.plural} ${key}`, () => source.patch(resource, key, patch)),
    delete: (resource, key, options) =>
      timed(`delete ${resource.plural} ${key}`, () => source.delete(resource, key, options)),
    request: (options) => timed(`${options.method} ${options.path}`, () => source.request(options)),
  };
}

/** Nobody answers: the usual causes are an old kubeconfig and a network that is not there. */
function withHint(error: unknown, server: string): unknown {
  if (!(error instanceof SourceError) || error.code !== 'unavailable' || error.hint !== undefined)
    return error;
  return new SourceError('unavailable', error.message, {
    hint: `see whether ${server} is the right address and can be reached: kubectl cluster-info`,
    cause: error.cause,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  });
}
