import type { Source } from '#core/source/source.ts';
import { type Hold, holdSentence } from '#sidecar/model/hold.ts';

export interface HoldTeller {
  readonly source: Pick<Source, 'recordEvent'>;
  readonly isWriter: () => boolean;
  /** Whether a ZoneDelegation is left, whose status and events say it. */
  readonly hasZones: () => boolean;
  /** Namespace of the sidecar. */
  readonly namespace: string;
  readonly log: {
    info(facts: object, message: string): void;
    warn(facts: object, message: string): void;
  };
}

/** Says that answers are held after a mass delete, where somebody will see it even when the zones are gone too. */
export function tellOfHold(hold: Hold | undefined, teller: HoldTeller): void {
  const { source, isWriter, hasZones, namespace, log } = teller;
  if (hold === undefined) {
    log.info({}, 'deleted Gslbs are held no more');
    return;
  }
  const message = holdSentence(hold);
  log.warn({ ...hold }, message);
  if (!isWriter() || hasZones()) return;
  const about = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  source.recordEvent({ type: 'Warning', reason: hold.reason, message, about }).catch((error: unknown) => {
    log.warn({ error }, 'the event about it could not be written');
  });
}
