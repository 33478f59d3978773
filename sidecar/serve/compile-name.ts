import { addressToBytes } from '#core/wire/address.ts';
import { CLASS, TYPE } from '#core/wire/constants.ts';
import type { Name } from '#core/wire/name.ts';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import { CHOICE_HEADER_BYTES, CHOICE_KIND, ENTRY, FLAG, POINTER_TO_QUESTION, RECORD_BYTES } from './entry.ts';
import { refusedAnswers, type ServeProblem } from './errors.ts';
import { writeUint16, writeUint32 } from './octets.ts';

/**
 * What one name answers, as the entry that the DNS thread copies into its table. Addresses that are none of the
 * family, and those beyond the 1,000 per family that one message is sure to hold, are reported and left out.
 */
export function compileName(
  answers: NameAnswers,
  name: Name,
  onProblem: (problem: ServeProblem) => void,
): Buffer<ArrayBuffer> {
  const a = octetsOf(answers, answers.a, 4, onProblem);
  const aaaa = octetsOf(answers, answers.aaaa, 16, onProblem);
  const aAt = ENTRY.NAME + name.length;
  const aaaaAt = aAt + choiceBytes(a, RECORD_BYTES.A);
  const entry = Buffer.alloc(aaaaAt + choiceBytes(aaaa, RECORD_BYTES.AAAA));
  writeUint32(entry, ENTRY.LENGTH, entry.length);
  entry[ENTRY.FLAGS] = FLAG.DATA;
  entry[ENTRY.NAME_LENGTH] = name.length;
  writeUint32(entry, ENTRY.NEGATIVE_TTL, wireTtl(answers.negativeTtlSeconds));
  writeUint32(entry, ENTRY.A, a.length === 0 ? 0 : aAt);
  writeUint32(entry, ENTRY.AAAA, aaaa.length === 0 ? 0 : aaaaAt);
  entry.set(name, ENTRY.NAME);
  writeChoice(entry, aAt, answers.a, a, TYPE.A, wireTtl(answers.ttlSeconds));
  writeChoice(entry, aaaaAt, answers.aaaa, aaaa, TYPE.AAAA, wireTtl(answers.ttlSeconds));
  return entry;
}

/** A TTL as it goes into a record: whole seconds from 0 to 2^31-1 (RFC 2181 §8). */
export function wireTtl(seconds: number): number {
  return Math.trunc(Math.min(Math.max(seconds, 0), 0x7fff_ffff)) || 0;
}

const MOST_ADDRESSES = 1000;

function octetsOf(
  answers: NameAnswers,
  choice: Choice,
  size: 4 | 16,
  onProblem: (problem: ServeProblem) => void,
): readonly Uint8Array[] {
  const family = size === 4 ? 'IPv4' : 'IPv6';
  const result: Uint8Array[] = [];
  for (const address of addressesOf(choice)) {
    const octets = addressToBytes(address);
    if (octets?.length === size) result.push(octets);
    else onProblem(refusedAnswers(`${answers.name} has ${JSON.stringify(address)} as an ${family} address`));
  }
  if (result.length <= MOST_ADDRESSES) return result;
  onProblem(
    refusedAnswers(
      `${answers.name} has ${result.length} ${family} addresses; only the first ${MOST_ADDRESSES} are answered`,
    ),
  );
  return result.slice(0, MOST_ADDRESSES);
}

function choiceBytes(addresses: readonly Uint8Array[], recordBytes: number): number {
  return addresses.length === 0 ? 0 : CHOICE_HEADER_BYTES + addresses.length * recordBytes;
}

function writeChoice(
  entry: Buffer,
  from: number,
  choice: Choice,
  addresses: readonly Uint8Array[],
  type: number,
  ttl: number,
): void {
  if (addresses.length === 0) return;
  entry[from] = choice.kind === 'rotate' ? CHOICE_KIND.ROTATE : CHOICE_KIND.FIXED;
  writeUint16(entry, from + 1, addresses.length);
  let at = from + CHOICE_HEADER_BYTES;
  for (const octets of addresses) {
    writeUint16(entry, at, POINTER_TO_QUESTION);
    writeUint16(entry, at + 2, type);
    writeUint16(entry, at + 4, CLASS.IN);
    writeUint32(entry, at + 6, ttl);
    writeUint16(entry, at + 10, octets.length);
    entry.set(octets, at + 12);
    at += 12 + octets.length;
  }
}
