import { EXTENDED_ERROR } from '#core/wire/constants.ts';

/** Why a reply is as it is (RFC 8914), for people. */
export interface ExtendedError {
  readonly code: number;
  readonly text: Uint8Array;
  /** Whether the name that was asked for follows the text. */
  readonly withName: boolean;
}

const error = (code: number, text: string, withName = false): ExtendedError => ({
  code,
  text: Buffer.from(text),
  withName,
});

export const NOT_READY = error(EXTENDED_ERROR.NOT_READY, 'nothing is known yet of zones and clusters');
export const NOT_AUTHORITATIVE = error(EXTENDED_ERROR.NOT_AUTHORITATIVE, 'no zone of this server');
export const NO_TARGET = error(EXTENDED_ERROR.OTHER, 'no healthy target for ', true);
export const SAVED_STATE = error(EXTENDED_ERROR.STALE_ANSWER, 'answer from saved state');
export const NO_TRANSFER = error(EXTENDED_ERROR.PROHIBITED, 'no zone transfers');
export const NOT_ACCEPTED = error(EXTENDED_ERROR.PROHIBITED, 'neither UPDATE nor NOTIFY is accepted');
export const OTHER_CLASS = error(EXTENDED_ERROR.NOT_AUTHORITATIVE, 'only class IN is served');
