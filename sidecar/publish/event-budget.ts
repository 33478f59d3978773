import type { KubeObject } from '#core/api/kubernetes.ts';
import type { EventToRecord } from '#core/source/source.ts';

export interface EventBudgetOptions {
  readonly record: (event: EventToRecord) => Promise<void>;
  /** What the summary of events that were left out is about; undefined: the object of the last of them. */
  readonly summaryAbout: () => KubeObject | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Events at once, and each second after that. A lost cluster may change the answers of all hosts at once. */
const burst = 50;
const perSecond = 5;
/** How long after the first one that is left out all of them are summed up. */
const summaryAfterMs = 10_000;
/** Objects that a summary names. */
const examples = 3;

interface Pile {
  count: number;
  readonly type: EventToRecord['type'];
  readonly names: Set<string>;
  last: KubeObject;
}

/**
 * Records events as long as they are few; of the rest one event per reason says how many there were and names some of
 * the objects. What happened to each object stands in its status. Nothing is summed up after the signal aborts.
 */
export function eventBudget(
  options: EventBudgetOptions,
  signal: AbortSignal,
): (event: EventToRecord) => Promise<void> {
  const { record, summaryAbout, now } = options;
  const leftOut = new Map<string, Pile>();
  let tokens = burst;
  let filledAt = now();
  let beganAt = 0;
  let timer: NodeJS.Timeout | undefined;
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });

  const sumUp = (): void => {
    timer = undefined;
    const seconds = Math.round((now() - beganAt) / 1000);
    for (const [reason, { count, type, names, last }] of leftOut) {
      const named = [...names].join(', ');
      const more = names.size < count ? ' and others' : '';
      const message = `${count} more of these within ${seconds} s, without an event each: ${named}${more}; their statuses say what happened`;
      void record({ type, reason, message, about: summaryAbout() ?? last });
    }
    leftOut.clear();
  };

  return async (event) => {
    tokens = Math.min(burst, tokens + ((now() - filledAt) / 1000) * perSecond);
    filledAt = now();
    if (tokens >= 1) {
      tokens -= 1;
      return record(event);
    }
    const { type, reason, about } = event;
    const pile = leftOut.get(reason) ?? { count: 0, type, names: new Set<string>(), last: about };
    pile.count += 1;
    pile.last = about;
    if (pile.names.size < examples) pile.names.add(nameOf(about));
    leftOut.set(reason, pile);
    if (timer !== undefined || signal.aborted) return;
    beganAt = now();
    timer = setTimeout(sumUp, summaryAfterMs);
  };
}

const nameOf = ({ kind, metadata: { namespace, name } }: KubeObject): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
