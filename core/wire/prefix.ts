import { addressToBytes } from './address.ts';

/** An address prefix: the first `bits` of `bytes` (4 or 16 octets) count. */
export interface Prefix {
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Reads `192.0.2.0/24`, `2001:db8::/32`, or a lone address; undefined when it is neither. Bits behind it are ignored. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const bytes = addressToBytes(match?.[1] ?? '');
  if (bytes === undefined) return undefined;
  const bits = match?.[2] === undefined ? bytes.length * 8 : Number(match[2]);
  return bits > bytes.length * 8 ? undefined : { family: bytes.length === 4 ? 4 : 6, bytes, bits };
}

/** Whether the address, which stands in the first octets of `address`, is in the prefix. */
export function isWithin(prefix: Prefix, family: 4 | 6, address: Uint8Array): boolean {
  if (prefix.family !== family) return false;
  const { bytes, bits } = prefix;
  const whole = bits >> 3;
  for (let k = 0; k < whole; k += 1) if (bytes[k] !== address[k]) return false;
  const rest = bits & 7;
  return rest === 0 || ((bytes[whole] ?? 0) ^ (address[whole] ?? 0)) >> (8 - rest) === 0;
}
