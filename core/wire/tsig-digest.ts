import { createHmac } from 'node:crypto';
import { CLASS } from './constants.ts';
import type { TsigRdata } from './message.ts';
import type { Name } from './name.ts';
import { hashName, type TsigKey } from './tsig-key.ts';

/** The HMAC of the parts, one after another. */
export function macOf(key: TsigKey, parts: readonly Uint8Array[]): Uint8Array {
  const hmac = createHmac(hashName(key.algorithm), key.secret);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** A MAC with its length before it: how an earlier one (of the request, of the message before) enters a digest. */
export function withLength(mac: Uint8Array): Uint8Array {
  return Uint8Array.of(mac.length >> 8, mac.length, ...mac);
}

/**
 * The variables of RFC 8945 §4.3.3: owner, class and TTL of the record, then its RDATA but for MAC and original id.
 * TYPE and RDLENGTH are not part of it.
 */
export function tsigVariables(keyName: Name, tsig: Omit<TsigRdata, 'mac'>): Uint8Array {
  return Buffer.concat([
    keyName,
    Uint8Array.of(0, CLASS.ANY, 0, 0, 0, 0),
    tsig.algorithm,
    tsigTimers(tsig),
    Uint8Array.of(tsig.error >> 8, tsig.error, tsig.other.length >> 8, tsig.other.length),
    tsig.other,
  ]);
}

/** All that is digested of the record in second and later messages of one answer (RFC 8945 §5.3.1). */
export function tsigTimers(tsig: {
  readonly timeSeconds: number;
  readonly fudgeSeconds: number;
}): Uint8Array {
  const timers = Buffer.alloc(8);
  timers.writeUIntBE(tsig.timeSeconds, 0, 6);
  timers.writeUInt16BE(tsig.fudgeSeconds, 6);
  return timers;
}
