import { labels } from '#agent/model/names.ts';
import type { NamespacePair } from '#agent/model/provider-link.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import { events, type RecordedEvent } from '#core/source/api-server/event-recorder.ts';
import type { Change, Source, Watch } from '#core/source/source.ts';
import type { TwinView } from './decide.ts';
import { type RemotePod, remotePods } from './pod.ts';

export interface TwinOptions {
  readonly pair: NamespacePair;
  /** The provider's API. */
  readonly remote: Pick<Source, 'watch'>;
  /** Id of this cluster: only objects that come from here are seen. */
  readonly origin: string;
  /** Something of that name changed there, or is gone. */
  readonly onChange: (name: string, gone: boolean) => void;
  /** An Event came up or was counted up there, after the first list. */
  readonly onEvent: (event: RecordedEvent) => void;
  /** Both lists are read. */
  readonly onSynced: () => void;
}

/** One twin namespace: what the provider has there for this cluster. */
export interface Twin {
  readonly pair: NamespacePair;
  /** Both lists have been read once. */
  readonly synced: boolean;
  /** Leftovers of the past (tombstones, orphans) were cleared since the provider was last reached. */
  swept: boolean;
  view(name: string): TwinView;
  /** Names of all that is there. */
  names(): Iterable<string>;
  /** Ends its watches. */
  close(): void;
}

/** Watches a twin namespace until it is closed or the signal aborts. */
export function openTwin(options: TwinOptions, signal: AbortSignal): Twin {
  const { pair, remote, origin, onChange, onEvent, onSynced } = options;
  const closed = new AbortController();
  const ends = AbortSignal.any([signal, closed.signal]);
  const common = { namespace: pair.remote, labelSelector: `${labels.origin}=${origin}` };
  const changed = ({ type, object }: Change<ShadowPod> | Change<RemotePod>): void =>
    onChange(object.metadata.name, type === 'deleted');
  const shadows: Watch<ShadowPod> = remote.watch(
    { resource: shadowPods, ...common, trim: withoutPodSpec, onChange: changed },
    ends,
  );
  const copies: Watch<RemotePod> = remote.watch(
    { resource: remotePods, ...common, trim: withoutMostOfSpec, onChange: changed },
    ends,
  );
  let synced = false;
  let eventsListed = false;
  const told = remote.watch(
    {
      resource: events,
      namespace: pair.remote,
      onChange: ({ type, object }) => {
        if (type === 'applied' && eventsListed) onEvent(object);
      },
    },
    ends,
  );
  // A watch that ends before its first list has nothing to say.
  const quiet = (): void => undefined;
  // What was said before was told by whoever watched then.
  told.synced.then(() => {
    eventsListed = true;
  }, quiet);
  Promise.all([shadows.synced, copies.synced]).then(() => {
    synced = true;
    if (!ends.aborted) onSynced();
  }, quiet);

  const at = (name: string): string => `${pair.remote}/${name}`;
  const twin: Twin = {
    pair,
    get synced() {
      return synced;
    },
    swept: false,
    view: (name) => ({
      ready: synced && twin.swept,
      shadow: shadows.get(at(name)),
      remote: copies.get(at(name)),
    }),
    names: () => new Set([...shadows.list(), ...copies.list()].map(({ metadata }): string => metadata.name)),
    close: () => closed.abort(),
  };
  return twin;
}

function withoutPodSpec(shadow: ShadowPod): ShadowPod {
  const { consumerPodUID } = shadow.spec ?? {};
  return { ...shadow, spec: consumerPodUID === undefined ? {} : { consumerPodUID } };
}

function withoutMostOfSpec(pod: RemotePod): RemotePod {
  const { nodeName } = pod.spec ?? {};
  return { ...pod, spec: nodeName === undefined ? {} : { nodeName } };
}
