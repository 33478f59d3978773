import { type KubeObject, pods } from '#core/api/kubernetes.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';

/** What the provider's agent and kubelet do, played: a Pod for each ShadowPod, Running at once. */
export interface PlayedProvider {
  /** ShadowPods whose Pod is refused, by name, with the words. */
  readonly refusals: Map<string, { readonly reason: string; readonly message: string }>;
  /** When a Pod was written as Running, by name; performance.now(). */
  readonly runningAt: Map<string, number>;
  /** When a ShadowPod was seen first, by name. */
  readonly seenAt: Map<string, number>;
  /** While true, Pods whose ShadowPod is gone stay. */
  holdDeletions: boolean;
  /** Deletes the Pods whose ShadowPod is gone. */
  release(): Promise<void>;
  /** Writes the status of a Pod of it. */
  setStatus(name: string, status: object): Promise<void>;
}

/** Plays the provider in one twin namespace, as admin there, until the signal aborts. */
export function playProvider(
  source: ApiServerSource,
  namespace: string,
  onError: (error: unknown) => void,
  signal: AbortSignal,
): PlayedProvider {
  const orphans = new Set<string>();
  const at = (name: string): string => `${namespace}/${name}`;
  const removePod = (name: string): Promise<void> => source.delete(pods, at(name), { gracePeriodSeconds: 0 });

  const take = async (shadow: ShadowPod): Promise<void> => {
    const { name, labels = {}, annotations = {}, uid = '' } = shadow.metadata;
    played.seenAt.set(name, played.seenAt.get(name) ?? performance.now());
    const refusal = played.refusals.get(name);
    if (refusal !== undefined) {
      if (shadow.status?.reason === refusal.reason) return;
      return source.patchStatus(shadowPods, at(name), { phase: 'Pending', ...refusal });
    }
    if (known.has(uid)) return;
    known.add(uid);
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace,
        labels: { ...labels, 'liqo.io/managed-by': 'shadowpod' },
        annotations: {
          ...annotations,
          'offloading.interspan.dev/consumer-pod-uid': shadow.spec?.consumerPodUID ?? '',
        },
        ownerReferences: [{ apiVersion: shadow.apiVersion, kind: shadow.kind, name, uid, controller: true }],
      },
      spec: { ...(shadow.spec?.pod as object), nodeName: 'real-1' },
    } as KubeObject;
    await source.create(pods, pod);
    await played.setStatus(name, runningStatus(pod));
    played.runningAt.set(name, performance.now());
  };

  const known = new Set<string>();
  const played: PlayedProvider = {
    refusals: new Map(),
    runningAt: new Map(),
    seenAt: new Map(),
    holdDeletions: false,
    release: async () => {
      played.holdDeletions = false;
      await Promise.all([...orphans].map(removePod));
      orphans.clear();
    },
    setStatus: (name, status) => source.patchStatus(pods, at(name), status),
  };
  source.watch(
    {
      resource: shadowPods,
      namespace,
      onChange: ({ type, object }) => {
        const { name } = object.metadata;
        if (type === 'applied') take(object).catch(onError);
        else if (played.holdDeletions) orphans.add(name);
        else removePod(name).catch(onError);
      },
    },
    signal,
  );
  return played;
}

/** The status that a kubelet gives a pod all of whose containers run. */
export function runningStatus(pod: KubeObject): object {
  const now = new Date().toISOString();
  const { containers = [] } =
    (pod as { spec?: { containers?: { name: string; image: string }[] } }).spec ?? {};
  return {
    phase: 'Running',
    startTime: now,
    hostIP: '10.1.0.1',
    hostIPs: [{ ip: '10.1.0.1' }],
    podIP: '10.200.0.7',
    podIPs: [{ ip: '10.200.0.7' }],
    conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
      (type) => ({ type, status: 'True', lastTransitionTime: now, observedGeneration: 1 }),
    ),
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: 'sha256:1',
      ready: true,
      started: true,
      restartCount: 0,
      state: { running: { startedAt: now } },
    })),
  };
}
