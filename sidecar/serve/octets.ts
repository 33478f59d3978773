/** Writes the low 16 bits of `value`, in network order. The caller has checked that there is room. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes the low 32 bits of `value`, in network order. The caller has checked that there is room. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value >>> 16);
  writeUint16(bytes, at + 2, value);
}

/** Copies `length` octets. Answers are short, and a loop beats the call of a native copy up to some hundred octets. */
export function copyOctets(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  length: number,
): void {
  if (length > LOOP_BYTES) {
    to.set(from.subarray(fromAt, fromAt + length), toAt);
    return;
  }
  for (let k = 0; k < length; k += 1) to[toAt + k] = from[fromAt + k] ?? 0;
}

const LOOP_BYTES = 512;
