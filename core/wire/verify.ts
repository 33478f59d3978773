import { timingSafeEqual } from 'node:crypto';
import { TSIG_ERROR } from './constants.ts';
import { malformedError, type WireError } from './errors.ts';
import { readHeader } from './header.ts';
import type { TsigRdata } from './message.ts';
import type { Name } from './name.ts';
import { macOf, tsigTimers, tsigVariables, withLength } from './tsig-digest.ts';
import { findKey, macBytes, type TsigKey } from './tsig-key.ts';
import { type FoundTsig, findTsig } from './tsig-record.ts';

/**
 * What a message's signature is worth. Only `ok` may be believed. `by` tells who found the fault: `us`, in this
 * message, or `peer`, in our request, which this message reports. An unsigned report may be forged: it is a hint
 * for the operator, and no reason to stop asking.
 */
export type TsigVerdict =
  | { readonly status: 'ok'; readonly key: TsigKey; readonly tsig: TsigRdata }
  | { readonly status: 'unsigned' }
  /** Not a message, or its TSIG record is malformed or misplaced. */
  | { readonly status: 'formErr'; readonly error: WireError }
  /** `badKey`: name or algorithm not known. `badSig`: the secret differs, or the message was changed. */
  | {
      readonly status: 'badKey' | 'badSig';
      readonly by: 'us' | 'peer';
      readonly keyName: Name;
      readonly tsig: TsigRdata;
    }
  /** `badTime`: the clocks differ by more than the fudge. `badTrunc`: the MAC is good but shortened. */
  | {
      readonly status: 'badTime' | 'badTrunc';
      readonly by: 'us' | 'peer';
      /** Whether the MAC of this message was good: if so, this much is to be believed. */
      readonly signed: boolean;
      readonly key: TsigKey;
      readonly tsig: TsigRdata;
      /** The peer's clock, seconds since 1970, as far as the message tells. */
      readonly peerTimeSeconds: number | undefined;
    };

export interface VerifyOptions {
  /** The clock, whole seconds since 1970. */
  readonly nowSeconds: number;
  /** More fudge than this is not granted, whatever the sender asks. Default 300. */
  readonly maxFudgeSeconds?: number;
}

/**
 * Verifies a message (RFC 8945 §5.2): key, then MAC, then time, then truncation, then what the peer reports. For a
 * reply give the MAC of its request, and as `keys` only the one that signed it. Never throws.
 */
export function verify(
  message: Uint8Array,
  keys: readonly TsigKey[],
  options: VerifyOptions & { readonly requestMac?: Uint8Array },
): TsigVerdict {
  const before = options.requestMac === undefined ? [] : [withLength(options.requestMac)];
  return judge(message, keys, options, ({ keyName, tsig, unsigned }) => [
    ...before,
    unsigned,
    tsigVariables(keyName, tsig),
  ]);
}

/** How far an answer over several messages is verified. Begin with the first message's `ok` and nothing pending. */
export interface TsigChain {
  readonly key: TsigKey;
  readonly previousMac: Uint8Array;
  /** Messages without a signature since then: not to be believed until one with a signature follows. */
  readonly pending: readonly Uint8Array[];
}

/**
 * Verifies the second or a later message of an answer (RFC 8945 §5.3.1, AXFR). `ok` vouches for all that was
 * pending too; `pending` means that it is not signed, as 99 in a row may be; every other verdict ends the
 * transfer. The last message must be `ok`: with anything pending at its end the transfer is void.
 * @public the codec is used whole: transfers between clusters need it
 */
export function verifyNext(
  message: Uint8Array,
  chain: TsigChain,
  options: VerifyOptions,
): { readonly verdict: TsigVerdict | { readonly status: 'pending' }; readonly chain: TsigChain } {
  const verdict = judge(message, [chain.key], options, ({ tsig, unsigned }) => [
    withLength(chain.previousMac),
    ...chain.pending,
    unsigned,
    tsigTimers(tsig),
  ]);
  if (verdict.status === 'ok') {
    return { verdict, chain: { key: chain.key, previousMac: verdict.tsig.mac, pending: [] } };
  }
  if (verdict.status === 'unsigned' && chain.pending.length < MAX_PENDING) {
    return { verdict: { status: 'pending' }, chain: { ...chain, pending: [...chain.pending, message] } };
  }
  return { verdict, chain };
}

const MAX_PENDING = 99;

function judge(
  message: Uint8Array,
  keys: readonly TsigKey[],
  options: VerifyOptions,
  digested: (found: FoundTsig) => readonly Uint8Array[],
): TsigVerdict {
  const found = findTsig(message);
  if (found === 'none') return { status: 'unsigned' };
  if (found === 'malformed') return malformed();
  const { keyName, tsig } = found;
  const key = findKey(keys, keyName, tsig.algorithm);
  if (key === undefined) return { status: 'badKey', by: 'us', keyName, tsig };
  if (tsig.mac.length === 0 && readHeader(message)?.response === true) return unsignedReport(key, tsig);
  const whole = macBytes(key.algorithm);
  if (tsig.mac.length > whole || tsig.mac.length < Math.max(10, whole / 2)) return malformed();
  const expected = macOf(key, digested(found)).subarray(0, tsig.mac.length);
  if (!timingSafeEqual(expected, tsig.mac)) return { status: 'badSig', by: 'us', keyName, tsig };

  const peerTimeSeconds = tsig.timeSeconds;
  const fudge = Math.min(tsig.fudgeSeconds, options.maxFudgeSeconds ?? 300);
  if (Math.abs(options.nowSeconds - tsig.timeSeconds) > fudge) {
    return { status: 'badTime', by: 'us', signed: true, key, tsig, peerTimeSeconds };
  }
  if (tsig.mac.length < whole)
    return { status: 'badTrunc', by: 'us', signed: true, key, tsig, peerTimeSeconds };
  return report(key, tsig, true) ?? { status: 'ok', key, tsig };
}

// A server cannot sign with a key that it does not have: RFC 8945 §5.3.2.
function unsignedReport(key: TsigKey, tsig: TsigRdata): TsigVerdict {
  return report(key, tsig, false) ?? { status: 'badSig', by: 'us', keyName: key.name, tsig };
}

function report(key: TsigKey, tsig: TsigRdata, signed: boolean): TsigVerdict | undefined {
  switch (tsig.error) {
    case TSIG_ERROR.BADKEY:
      return { status: 'badKey', by: 'peer', keyName: key.name, tsig };
    case TSIG_ERROR.BADSIG:
      return { status: 'badSig', by: 'peer', keyName: key.name, tsig };
    case TSIG_ERROR.BADTIME:
      return { status: 'badTime', by: 'peer', signed, key, tsig, peerTimeSeconds: serverTime(tsig.other) };
    case TSIG_ERROR.BADTRUNC:
      return { status: 'badTrunc', by: 'peer', signed, key, tsig, peerTimeSeconds: undefined };
    default:
      return undefined;
  }
}

function serverTime(other: Uint8Array): number | undefined {
  return other.length === 6 ? Buffer.from(other).readUIntBE(0, 6) : undefined;
}

function malformed(): TsigVerdict {
  return { status: 'formErr', error: malformedError('tsig-record') };
}
