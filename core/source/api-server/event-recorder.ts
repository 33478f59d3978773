import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import { EventSeries } from '#core/source/event-series.ts';
import type { EventToRecord } from '#core/source/source.ts';

/** core/v1 Event: what `kubectl describe` counts and shows. */
export interface RecordedEvent extends KubeObject {
  readonly involvedObject: Readonly<Record<string, string | undefined>>;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string; readonly host: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

export const events: Resource<RecordedEvent> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

export interface EventRecorderOptions {
  readonly component: string;
  readonly instance: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  readonly random: () => number;
  readonly create: (event: RecordedEvent) => Promise<void>;
  readonly update: (key: string, patch: unknown) => Promise<void>;
}

/** Longest message that an API server takes. */
const messageLimit = 1024;

/**
 * Records events. A repeated one is counted in the record of its first, which is written again at counts 2, 4, 8 and
 * so on: what comes every second for ten minutes is ten writes.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series = new EventSeries();
  /** Tells this process's records from those of others, and of an earlier one. */
  readonly #prefix: string;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#prefix = Math.floor(options.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
  }

  async record(event: EventToRecord): Promise<void> {
    const { now, wallClock, create, update } = this.#options;
    const { id, count, firstAtMs } = this.#series.add(event, now());
    if ((count & (count - 1)) !== 0) return;
    const first = new Date(wallClock() - (now() - firstAtMs)).toISOString();
    const recorded = this.#recorded(event, id, count, first);
    if (count === 1) return create(recorded);
    const { namespace, name } = recorded.metadata;
    try {
      await update(`${namespace}/${name}`, { count, lastTimestamp: recorded.lastTimestamp });
    } catch (error) {
      // Events are kept for an hour; the first of the series may be gone.
      if (!(error instanceof SourceError) || error.code !== 'notFound') throw error;
      await create(recorded);
    }
  }

  #recorded(event: EventToRecord, id: number, count: number, firstTimestamp: string): RecordedEvent {
    const { component, instance, wallClock } = this.#options;
    const { apiVersion, kind, metadata } = event.about;
    const { name, namespace, uid, resourceVersion } = metadata;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        // Names of objects may be as long as names of events; what is cut is still in involvedObject.
        name: `${name.slice(0, 220)}.${this.#prefix}${id.toString(16)}`,
        namespace: namespace ?? 'default',
      },
      involvedObject: { apiVersion, kind, name, namespace, uid, resourceVersion },
      type: event.type,
      reason: event.reason,
      message: event.message.slice(0, messageLimit),
      count,
      firstTimestamp,
      lastTimestamp: new Date(wallClock()).toISOString(),
      source: { component, host: instance },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }
}
