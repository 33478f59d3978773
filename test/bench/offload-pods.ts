import { setTimeout as pause } from 'node:timers/promises';
import { type Pod, pods } from '#core/api/kubernetes.ts';
import type { Change } from '#core/source/source.ts';
import { flightsImage } from '#tools/playground/scenario/flights-service.ts';
import { load } from './harness/machine.ts';
import { openSight, type Sight } from './offload-sight.ts';
import { type OffloadWorld, virtualNode } from './offload-world.ts';

/** A pod's life until it runs, milliseconds from before the request that creates it. Those at the provider: of a virtual one. */
export interface PodStart {
  readonly boundMs: number;
  readonly remoteMadeMs?: number;
  readonly remoteRunningMs?: number;
  readonly runningMs: number;
}

/** One native and one virtual pod, one after the other; every second pair begins with the virtual one. */
export interface PodPair {
  readonly native: PodStart;
  readonly virtual: PodStart;
  readonly load: number;
}

/** Rest after each pod, so that the kubelet has cleared away the last one. */
const restMs = 500;

/** @param twin the namespace's name at the provider */
export async function measurePods(
  world: OffloadWorld,
  { namespace, twin }: { readonly namespace: string; readonly twin: string },
  count: number,
): Promise<readonly PodPair[]> {
  const { here, there, signal } = world;
  const local = await openSight(here, { resource: pods, namespace }, signal);
  const remote = await openSight(there, { resource: pods, namespace: twin }, signal);
  let made = 0;

  const start = async (node: string): Promise<PodStart> => {
    const name = `pod-${++made}`;
    const far = node === virtualNode;
    const its = (looksFor: (pod: Pod) => boolean) => (change: Change<Pod>) =>
      change.type === 'applied' && change.object.metadata.name === name && looksFor(change.object);
    const running = its(({ status }) => status?.phase === 'Running');
    const marks = [
      local.next(
        its(({ spec }) => spec?.nodeName !== undefined),
        `${name} bound to ${node}`,
      ),
      local.next(running, `${name} Running on ${node}`),
      ...(far
        ? [
            remote.next(
              its(() => true),
              `${name} at the provider`,
            ),
            remote.next(running, `${name} Running at the provider`),
          ]
        : []),
    ];
    const beganMs = performance.now();
    await here.create(pods, pod(name, namespace, node));
    const [boundMs = 0, runningMs = 0, remoteMadeMs = 0, remoteRunningMs = 0] = (
      await Promise.all(marks)
    ).map((atMs) => atMs - beganMs);
    await end(name, far);
    return far ? { boundMs, remoteMadeMs, remoteRunningMs, runningMs } : { boundMs, runningMs };
  };

  const end = async (name: string, far: boolean): Promise<void> => {
    const gone = [gonePod(local, name), ...(far ? [gonePod(remote, name)] : [])];
    await here.delete(pods, `${namespace}/${name}`);
    await Promise.all(gone);
    await pause(restMs, undefined, { signal });
  };

  const pairs: PodPair[] = [];
  // One of each that does not count: images are unpacked, connections opened.
  for (const node of [world.nativeNode, virtualNode]) await start(node);
  for (let pair = 0; pair < count; pair++) {
    const nativeFirst = pair % 2 === 0;
    const early = nativeFirst ? await start(world.nativeNode) : undefined;
    const virtual = await start(virtualNode);
    const native = early ?? (await start(world.nativeNode));
    pairs.push({ native, virtual, load: load() });
    process.stderr.write(
      `pods ${pair + 1} of ${count}: native ${native.runningMs.toFixed(0)} ms, virtual ${virtual.runningMs.toFixed(0)} ms\n`,
    );
  }
  return pairs;
}

const gonePod = (sight: Sight<Pod>, name: string): Promise<number> =>
  sight.next(({ type, object }) => type === 'deleted' && object.metadata.name === name, `${name} gone`);

function pod(name: string, namespace: string, node: string): Pod {
  const spec = {
    terminationGracePeriodSeconds: 0,
    nodeSelector: { 'kubernetes.io/hostname': node },
    containers: [{ name: 'main', image: flightsImage, imagePullPolicy: 'IfNotPresent' }],
  };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec };
}
