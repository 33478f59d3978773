import { setTimeout as pause } from 'node:timers/promises';
import { configMaps, type KubeObject, type Resource, services } from '#core/api/kubernetes.ts';
import { load } from './harness/machine.ts';
import { openSight } from './offload-sight.ts';
import type { OffloadWorld } from './offload-world.ts';

/** One object created at the consumer and seen at the provider, milliseconds. */
export interface ReflectionTrial {
  /** Since the reply to the request that created it; below 0 where the provider's event was faster than that. */
  readonly sinceReplyMs: number;
  /** Since before that request. */
  readonly sinceRequestMs: number;
  readonly load: number;
}

const restMs = 50;

const kinds = {
  configMap: {
    resource: configMaps as Resource,
    make: (name: string, namespace: string): object => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { key: 'value' },
    }),
  },
  service: {
    resource: services as Resource,
    make: (name: string, namespace: string): object => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    }),
  },
} as const;

/** Creates `count` objects, one after the other, and waits each time until a watch of the twin namespace sees it. */
export async function measureReflection(
  { here, there, signal }: OffloadWorld,
  kind: keyof typeof kinds,
  { namespace, twin }: { readonly namespace: string; readonly twin: string },
  count: number,
): Promise<readonly ReflectionTrial[]> {
  const { resource, make } = kinds[kind];
  const sight = await openSight(there, { resource, namespace: twin }, signal);
  const trials: ReflectionTrial[] = [];
  // The first one does not count: connections are opened.
  for (let trial = 0; trial <= count; trial++) {
    const name = `${kind.toLowerCase()}-${trial}`;
    const of = (type: string, what: string) =>
      sight.next((change) => change.type === type && change.object.metadata.name === name, `${name} ${what}`);
    const seen = of('applied', 'at the provider');
    const beganMs = performance.now();
    await here.create(resource, make(name, namespace) as KubeObject);
    const repliedMs = performance.now();
    const seenMs = await seen;
    if (trial > 0)
      trials.push({ sinceReplyMs: seenMs - repliedMs, sinceRequestMs: seenMs - beganMs, load: load() });
    const gone = of('deleted', 'gone at the provider');
    await here.delete(resource, `${namespace}/${name}`);
    await gone;
    await pause(restMs, undefined, { signal });
  }
  return trials;
}
