import { CLASS, TSIG_ERROR, TYPE } from '#core/wire/constants.ts';
import { uint16 } from '#core/wire/cursor.ts';
import { copyOctets, writeUint16, writeUint32 } from './octets.ts';
import { type Query, skipName } from './query.ts';

/**
 * Writes the TSIG record of a reply to a message that was signed with a key which we do not know (RFC 8945 §5.2.1):
 * unsigned, BADKEY, the rest as it came. Returns its end, or `at` when it has no room.
 */
export function writeBadKey(query: Query, out: Uint8Array, at: number): number {
  const { bytes, tsigAt, length } = query;
  const nameEnd = skipName(bytes, tsigAt, length);
  const algorithmAt = nameEnd + 10;
  const algorithmEnd = skipName(bytes, algorithmAt, length);
  const originalIdAt = algorithmEnd + 10 + uint16(bytes, algorithmEnd + 8);
  const nameBytes = nameEnd - tsigAt;
  const algorithmBytes = algorithmEnd - algorithmAt;
  const end = at + nameBytes + 10 + algorithmBytes + 16;
  if (end > query.limit) return at;

  copyOctets(bytes, tsigAt, out, at, nameBytes);
  const fixed = at + nameBytes;
  writeUint16(out, fixed, TYPE.TSIG);
  writeUint16(out, fixed + 2, CLASS.ANY);
  writeUint32(out, fixed + 4, 0);
  writeUint16(out, fixed + 8, algorithmBytes + 16);
  copyOctets(bytes, algorithmAt, out, fixed + 10, algorithmBytes);
  const time = fixed + 10 + algorithmBytes;
  // Time signed and fudge.
  copyOctets(bytes, algorithmEnd, out, time, 8);
  writeUint16(out, time + 8, 0);
  copyOctets(bytes, originalIdAt, out, time + 10, 2);
  writeUint16(out, time + 12, TSIG_ERROR.BADKEY);
  writeUint16(out, time + 14, 0);
  return end;
}
