import { createSecretKey, type KeyObject } from 'node:crypto';
import { type Name, namesEqual } from './name.ts';
import { nameOf } from './name-text.ts';

/** HMAC with a hash of RFC 8945 §6. SHA-1 only for peers that know nothing else; HMAC-MD5 is not spoken. */
export type TsigAlgorithm = keyof typeof algorithms;

/** A secret shared with a server. `secret` is opaque to logging and JSON on purpose. */
export interface TsigKey {
  /** Both sides must call it alike. */
  readonly name: Name;
  readonly algorithm: TsigAlgorithm;
  readonly secret: KeyObject;
}

/** A key from its raw secret, which must not be empty. RFC 8945 §8 wants as many octets as the hash has. */
export function tsigKey(name: Name, algorithm: TsigAlgorithm, secret: Uint8Array): TsigKey {
  return { name, algorithm, secret: createSecretKey(secret) };
}

/** Whether the text is an algorithm that is spoken. */
export function isTsigAlgorithm(text: string): text is TsigAlgorithm {
  return Object.hasOwn(algorithms, text);
}

/** All that are spoken, best known first. */
export const tsigAlgorithms: readonly string[] = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512', 'hmac-sha1'];

/** The algorithm's name on the wire. */
export function algorithmName(algorithm: TsigAlgorithm): Name {
  return algorithms[algorithm].name;
}

/** The hash as node:crypto calls it. */
export function hashName(algorithm: TsigAlgorithm): string {
  return algorithms[algorithm].hash;
}

/** Octets of a whole MAC. */
export function macBytes(algorithm: TsigAlgorithm): number {
  return algorithms[algorithm].macBytes;
}

/**
 * Octets that signing adds to a message at most: what to keep free below a size limit.
 * @public the codec is used whole: transfers between clusters need it
 */
export function tsigBytes(key: TsigKey): number {
  const rdata = algorithmName(key.algorithm).length + TSIG_FIELDS + macBytes(key.algorithm) + BADTIME_OTHER;
  return key.name.length + RECORD_FIELDS + rdata;
}

/** The key of that name and algorithm. */
export function findKey(keys: readonly TsigKey[], name: Name, algorithm: Name): TsigKey | undefined {
  return keys.find(
    (key) => namesEqual(key.name, name) && namesEqual(algorithmName(key.algorithm), algorithm),
  );
}

const algorithms = {
  'hmac-sha1': { name: nameOf('hmac-sha1'), hash: 'sha1', macBytes: 20 },
  'hmac-sha256': { name: nameOf('hmac-sha256'), hash: 'sha256', macBytes: 32 },
  'hmac-sha384': { name: nameOf('hmac-sha384'), hash: 'sha384', macBytes: 48 },
  'hmac-sha512': { name: nameOf('hmac-sha512'), hash: 'sha512', macBytes: 64 },
} as const;

// Type, class, TTL, RDLENGTH; time, fudge, MAC size, original id, error, other length; server time.
const RECORD_FIELDS = 10;
const TSIG_FIELDS = 16;
const BADTIME_OTHER = 6;
