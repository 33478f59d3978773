import { SourceError } from '#core/source/errors.ts';
import { Farewell } from './farewell.ts';
import type { OutgoingContext } from './outgoing-context.ts';
import type { PeeringRecord } from './peering-record.ts';

const firstRetryMs = 10_000;
const longestRetryMs = 300_000;

/** Telling one provider that this cluster has left, as often as it takes. */
export class Parting {
  readonly #context: Pick<OutgoingContext, 'now' | 'random' | 'log'>;
  #held:
    | { readonly farewell: Farewell; readonly beganMs: number; failures: number; nextMs: number }
    | undefined;

  constructor(context: Pick<OutgoingContext, 'now' | 'random' | 'log'>) {
    this.#context = context;
  }

  get failures(): number {
    return this.#held?.failures ?? 0;
  }

  /** Milliseconds until it is to be told again; 0: now. */
  get waitMs(): number {
    return Math.max((this.#held?.nextMs ?? 0) - this.#context.now(), 0);
  }

  /** It is told at once, whatever failed before. */
  hasten(): void {
    if (this.#held !== undefined) this.#held.nextMs = 0;
  }

  /**
   * `told` also when it took it down and has not cleared away `withinMs` later: it will by itself. `failed`: `waitMs`
   * says when to try again.
   */
  async say(
    record: PeeringRecord,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<'told' | 'waiting' | 'failed'> {
    const { now, log, random } = this.#context;
    this.#held ??= { farewell: new Farewell(record, now), beganMs: now(), failures: 0, nextMs: 0 };
    const held = this.#held;
    try {
      if ((await held.farewell.say(signal)) === 'left') return 'told';
      return held.farewell.told && now() - held.beganMs >= withinMs ? 'told' : 'waiting';
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SourceError)) throw error;
      log.debug({ error, provider: record.clusterID }, 'the provider could not be told that we left');
      const wait = Math.min(firstRetryMs * 2 ** Math.min(held.failures++, 10), longestRetryMs / 1.5);
      held.nextMs = now() + wait * (1 + random() / 2);
      return 'failed';
    }
  }

  async end(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.farewell.close();
  }
}
