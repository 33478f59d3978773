import { TSIG_ERROR } from './constants.ts';
import { uint16 } from './cursor.ts';
import { valueError } from './errors.ts';
import type { TsigRdata } from './message.ts';
import type { Name } from './name.ts';
import { macOf, tsigTimers, tsigVariables, withLength } from './tsig-digest.ts';
import { algorithmName, type TsigKey } from './tsig-key.ts';
import { appendTsig, findTsig } from './tsig-record.ts';
import type { TsigVerdict } from './verify.ts';

/** A message ready to send, and its MAC, which verifying the reply or signing the next message needs. */
export interface SignedMessage {
  readonly bytes: Uint8Array;
  readonly mac: Uint8Array;
}

export interface SignOptions {
  /** The clock, whole seconds since 1970. */
  readonly timeSeconds: number;
  /** By how much the other clock may differ. Default 300 (RFC 8945 §10). */
  readonly fudgeSeconds?: number;
}

/**
 * Signs a message (RFC 8945 §5.1); a reply with the MAC of its request. Its id is recorded as the original one, so
 * a message is signed once: for another attempt build it anew, with another id and the time of that moment.
 *
 * @throws WireValueError when it is not a message, is signed already, or grows above 65535 octets.
 */
export function sign(
  message: Uint8Array,
  key: TsigKey,
  options: SignOptions & { readonly requestMac?: Uint8Array },
): SignedMessage {
  return signFull(
    message,
    key,
    unsignedTsig(message, algorithmName(key.algorithm), options),
    options.requestMac,
  );
}

/**
 * Signs the second or a later message of an answer over several (RFC 8945 §5.3.1, AXFR). `unsigned` are the
 * messages sent since `previousMac`, in order; at most 99, and the last message of all must be signed.
 * @public the codec is used whole: transfers between clusters need it
 */
export function signNext(
  message: Uint8Array,
  key: TsigKey,
  options: SignOptions & { readonly previousMac: Uint8Array; readonly unsigned?: readonly Uint8Array[] },
): SignedMessage {
  const tsig = unsignedTsig(message, algorithmName(key.algorithm), options);
  const parts = [withLength(options.previousMac), ...(options.unsigned ?? []), message, tsigTimers(tsig)];
  const mac = macOf(key, parts);
  return { bytes: appendTsig(message, key.name, { ...tsig, mac }), mac };
}

/**
 * Signs a server's reply as the verdict on its request demands (RFC 8945 §5.3): with the key of a good request;
 * with BADTIME and our clock, or BADTRUNC, when only that was wrong; without a MAC for BADKEY and BADSIG. A request
 * without a (readable) signature is answered without one. The rcode is the caller's to set: NOTAUTH, or FORMERR.
 * @public the codec is used whole: transfers between clusters need it
 */
export function signReply(reply: Uint8Array, verdict: TsigVerdict, options: SignOptions): SignedMessage {
  switch (verdict.status) {
    case 'ok':
      return sign(reply, verdict.key, { ...options, requestMac: verdict.tsig.mac });
    case 'badTime': {
      // The client can only verify a reply within its own fudge: it gets its own time back, ours is in `other`.
      const tsig = unsignedTsig(reply, verdict.tsig.algorithm, {
        ...options,
        timeSeconds: verdict.tsig.timeSeconds,
      });
      const other = tsigTimers({ ...options, fudgeSeconds: 0 }).subarray(0, 6);
      return signFull(reply, verdict.key, { ...tsig, error: TSIG_ERROR.BADTIME, other }, verdict.tsig.mac);
    }
    case 'badTrunc': {
      const tsig = unsignedTsig(reply, verdict.tsig.algorithm, options);
      return signFull(reply, verdict.key, { ...tsig, error: TSIG_ERROR.BADTRUNC }, verdict.tsig.mac);
    }
    case 'badKey':
    case 'badSig': {
      const error = verdict.status === 'badKey' ? TSIG_ERROR.BADKEY : TSIG_ERROR.BADSIG;
      const tsig = { ...unsignedTsig(reply, verdict.tsig.algorithm, options), error };
      return { bytes: appendTsig(reply, verdict.keyName, tsig), mac: tsig.mac };
    }
    case 'unsigned':
    case 'formErr':
      return { bytes: reply, mac: none };
  }
}

const none = new Uint8Array(0);

function signFull(
  message: Uint8Array,
  key: TsigKey,
  tsig: TsigRdata,
  requestMac: Uint8Array | undefined,
): SignedMessage {
  const before = requestMac === undefined ? none : withLength(requestMac);
  const mac = macOf(key, [before, message, tsigVariables(key.name, tsig)]);
  return { bytes: appendTsig(message, key.name, { ...tsig, mac }), mac };
}

function unsignedTsig(message: Uint8Array, algorithm: Name, options: SignOptions): TsigRdata {
  if (findTsig(message) !== 'none')
    throw valueError('Only a well-formed message without a TSIG record can be signed.');
  return {
    kind: 'TSIG',
    algorithm,
    timeSeconds: options.timeSeconds,
    fudgeSeconds: options.fudgeSeconds ?? 300,
    mac: none,
    originalId: uint16(message, 0),
    error: TSIG_ERROR.NONE,
    other: none,
  };
}
