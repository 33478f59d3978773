import { ApiClient } from '#core/source/api-server/client.ts';
import { kubeconfigCredentials } from '#core/source/api-server/kubeconfig.ts';
import { Writes } from '#core/source/api-server/writes.ts';
import type { Created } from './scale-objects.ts';

/** Requests at once. */
const concurrency = 24;

/** Writes to an API server without the limits that kubectl keeps, and reads its counters. */
export interface ScaleWriter extends AsyncDisposable {
  readonly writes: Writes;
  createAll(objects: Iterable<Created>): Promise<void>;
  /** Requests that change something, by verb and resource, since the API server began; one verb for all patches. */
  mutations(): Promise<ReadonlyMap<string, number>>;
}

export async function openScaleWriter(kubeconfig: string): Promise<ScaleWriter> {
  const ending = new AbortController();
  const credentials = await kubeconfigCredentials({ path: kubeconfig, now: () => performance.now() });
  const client = new ApiClient(credentials, 'interspan-bench');
  const writes = new Writes(client, 'bench', ending.signal);
  return {
    writes,
    createAll: async (objects) => {
      const waiting = objects[Symbol.iterator]();
      const work = async () => {
        for (let next = waiting.next(); next.done !== true; next = waiting.next())
          await writes.create(next.value.resource, next.value.object);
      };
      await Promise.all(Array.from({ length: concurrency }, work));
    },
    mutations: async () => {
      const { signal } = ending;
      const stream = await client.stream(
        { method: 'GET', path: '/metrics', intent: { verb: 'get' }, signal },
        10_000,
      );
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return mutationsIn(Buffer.concat(chunks).toString());
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await client.close();
    },
  };
}

function mutationsIn(metrics: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [, labels = '', value] of metrics.matchAll(/^apiserver_request_total\{(.*)\} (\S+)$/gm)) {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? '';
    const verb = label('verb');
    if (!/^(?:POST|PUT|PATCH|APPLY|DELETE|DELETECOLLECTION)$/.test(verb)) continue;
    const subresource = label('subresource');
    const key = `${verb} ${label('resource')}${subresource === '' ? '' : `/${subresource}`}`;
    found.set(key, (found.get(key) ?? 0) + Number(value));
  }
  return found;
}
