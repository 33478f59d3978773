import { SourceError } from '#core/source/errors.ts';
import type { Source } from '#core/source/source.ts';

/** What the publisher logs with. */
export interface PublishLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** Says of failing writes what a person should know, once per change of state. */
export interface WriteLog {
  /** The same source; its successful writes end an outage. */
  noticing(source: Source): Pick<Source, 'apply' | 'patchStatus' | 'delete'>;
  readonly failed: (key: string, error: unknown, failures: number) => void;
  readonly succeeded: (key: string) => void;
  readonly recorded: () => void;
  readonly unrecorded: (error: unknown) => void;
}

export function writeLog(log: PublishLog): WriteLog {
  let away = false;
  let eventsLost = false;
  /** What was said last of each object that cannot be written. */
  const said = new Map<string, string>();

  const written = <T>(result: T): T => {
    if (away) log.info({}, 'the API server takes writes again');
    away = false;
    return result;
  };

  return {
    noticing: (source) => ({
      apply: (...parameters) => source.apply(...parameters).then(written),
      patchStatus: (...parameters) => source.patchStatus(...parameters).then(written),
      delete: (...parameters) => source.delete(...parameters).then(written),
    }),
    failed: (key, error, failures) => {
      // One that an early second try mends was a race with another writer, or with a deletion.
      if (failures < 2) return;
      if (isAway(error)) {
        if (!away) log.warn({ error }, 'the API server takes no writes; they are tried again until it does');
        away = true;
        return;
      }
      const text = String(error);
      if (said.get(key) !== text)
        log.warn({ object: key, error }, 'an object cannot be written; it is tried again');
      said.set(key, text);
    },
    succeeded: (key) => {
      if (said.delete(key)) log.info({ object: key }, 'the object is written after all');
    },
    recorded: () => {
      eventsLost = false;
    },
    unrecorded: (error) => {
      if (!eventsLost) log.warn({ error }, 'events cannot be recorded; those of this time are lost');
      eventsLost = true;
    },
  };
}

const isAway = (error: unknown): boolean =>
  error instanceof SourceError && (error.code === 'unavailable' || error.code === 'timeout');
