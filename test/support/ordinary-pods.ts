import { setTimeout as pause } from 'node:timers/promises';
import { namespaces, type Pod, pods } from '#core/api/kubernetes.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { sandboxImage } from '#tools/playground/node/base-images.ts';

/** Pods that have nothing to do with offloading, created all the time. */
export interface OrdinaryPods extends AsyncDisposable {
  /** Names what happens from now on. */
  begin(step: string): void;
  /** None is created, nor being created, while this runs: an API server is down on purpose. */
  without<T>(work: () => Promise<T>): Promise<T>;
  /** Creations that were refused, failed or took longer than 2 s, and pods that did not run: a sentence each. */
  readonly troubles: readonly string[];
  /** Creations by step. */
  readonly created: ReadonlyMap<string, number>;
  /** Pods that ran by step. */
  readonly ran: ReadonlyMap<string, number>;
}

const namespace = 'ordinary';
const everyMs = 1000;
const admittedWithinMs = 2000;
const runsWithinMs = 30_000;
/** Every so many creations one is meant. */
const realEvery = 4;

/** Creates an ordinary pod every second, most of them as dry runs at the server, until it is disposed of. */
export async function ordinaryPods(kubeconfig: string): Promise<OrdinaryPods> {
  const ending = new AbortController();
  const { signal } = ending;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const source = await apiServerSource({
    ...{ kubeconfig, fieldManager: 'test', identity: 'test', log, signal },
    ...{ now: () => performance.now(), random: Math.random },
  });
  await source.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await account(source);
  const troubles: string[] = [];
  const created = new Map<string, number>();
  const ran = new Map<string, number>();
  const running = new Set<Promise<void>>();
  let step = 'start';
  let held: Promise<unknown> | undefined;
  const creating = new Set<Promise<unknown>>();
  let number = 0;

  const one = async (real: boolean): Promise<void> => {
    const during = step;
    const pod = ordinary(`ordinary-${++number}`);
    const began = performance.now();
    const creation = source.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/pods${real ? '' : '?dryRun=All'}`,
      body: pod,
      intent: { verb: 'create', resource: pods, namespace, name: pod.metadata.name },
    });
    creating.add(creation);
    try {
      await creation;
    } catch (error) {
      troubles.push(`${during}: ${(error as Error).message}`);
      return;
    } finally {
      creating.delete(creation);
    }
    const took = performance.now() - began;
    if (took > admittedWithinMs) troubles.push(`${during}: a creation took ${Math.round(took)} ms`);
    created.set(during, (created.get(during) ?? 0) + 1);
    if (!real) return;
    if (await runs(source, pod.metadata.name, signal)) ran.set(during, (ran.get(during) ?? 0) + 1);
    else if (!signal.aborted) troubles.push(`${during}: pod ${pod.metadata.name} does not run`);
  };
  const loop = (async () => {
    for (let count = 0; !signal.aborted; count++) {
      while (held !== undefined) await held;
      const real = count % realEvery === 0;
      const work = one(real).finally(() => running.delete(work));
      running.add(work);
      // A pod that is meant is waited for beside the next creations.
      if (!real) await work;
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  })();

  return {
    troubles,
    created,
    ran,
    begin: (name) => {
      step = name;
    },
    without: async (work) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      // A request that an API server is killed over fails, and says nothing about admission.
      await Promise.allSettled(creating);
      return work().finally(() => {
        held = undefined;
        resolve();
      });
    },
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await loop;
      await Promise.allSettled(running);
    },
  };
}

function quiet(): void {}

/** No pod is admitted before its namespace has this. */
async function account(source: ApiServerSource): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  const intent = { verb: 'get', resource: pods, namespace } as const;
  for (;;) {
    const there = await source.request({ method: 'GET', path, intent }).catch(() => undefined);
    if (there !== undefined) return;
    await pause(100);
  }
}

async function runs(source: ApiServerSource, name: string, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + runsWithinMs;
  while (performance.now() < deadline && !signal.aborted) {
    const pod = await source.get<Pod>(pods, `${namespace}/${name}`).catch(() => undefined);
    if (pod?.status?.phase === 'Running') {
      await source.delete(pods, `${namespace}/${name}`, { gracePeriodSeconds: 0 }).catch(() => undefined);
      return true;
    }
    await pause(250);
  }
  return false;
}

function ordinary(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: sandboxImage, imagePullPolicy: 'IfNotPresent' }],
    },
  };
}
