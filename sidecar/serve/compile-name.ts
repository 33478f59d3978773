import { addressToBytes } from '#core/wire/address.ts';
import { TYPE } from '#core/wire/constants.ts';
import type { Name } from '#core/wire/name.ts';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import { compileChoice } from './compile-choice.ts';
import { CHOICE_KIND, ENTRY, FLAG, TALLY_ROW_BYTES } from './entry.ts';
import { refusedAnswers, type ServeProblem } from './errors.ts';
import { writeUint32 } from './octets.ts';
import type { TallyBook } from './tally-book.ts';

/**
 * What one name answers, as the entry that the DNS thread copies into its table. Addresses that are none of the
 * family, and those beyond the 1,000 per family that one message is sure to hold, are reported and left out.
 */
export function compileName(
  answers: NameAnswers,
  name: Name,
  tallies: Pick<TallyBook, 'rowOf' | 'drop'>,
  onProblem: (problem: ServeProblem) => void,
): Buffer<ArrayBuffer> {
  const compiled = (choice: Choice, type: typeof TYPE.A | typeof TYPE.AAAA) =>
    compileChoice(choice, {
      type,
      ttl: wireTtl(answers.ttlSeconds),
      octets: octetsOf(answers, choice, type === TYPE.A ? 4 : 16, onProblem),
      onBadPrefix: (prefix) =>
        onProblem(refusedAnswers(`${answers.name} has ${JSON.stringify(prefix)} as a network`)),
    });
  const a = compiled(answers.a, TYPE.A);
  const aaaa = compiled(answers.aaaa, TYPE.AAAA);
  const aAt = ENTRY.NAME + name.length;
  const aaaaAt = aAt + a.length;
  const end = aaaaAt + aaaa.length;
  const varies = [a, aaaa].some(([kind = 0]) => kind > CHOICE_KIND.ROTATE);
  const entry = Buffer.alloc(varies ? end + TALLY_ROW_BYTES : end);
  if (varies) writeUint32(entry, end, tallies.rowOf(answers.name));
  else tallies.drop(answers.name);
  writeUint32(entry, ENTRY.LENGTH, entry.length);
  entry[ENTRY.FLAGS] = FLAG.DATA;
  entry[ENTRY.NAME_LENGTH] = name.length;
  writeUint32(entry, ENTRY.NEGATIVE_TTL, wireTtl(answers.negativeTtlSeconds));
  writeUint32(entry, ENTRY.A, a.length === 0 ? 0 : aAt);
  writeUint32(entry, ENTRY.AAAA, aaaa.length === 0 ? 0 : aaaaAt);
  entry.set(name, ENTRY.NAME);
  entry.set(a, aAt);
  entry.set(aaaa, aaaaAt);
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
): ReadonlyMap<string, Uint8Array> {
  const family = size === 4 ? 'IPv4' : 'IPv6';
  const addresses = addressesOf(choice);
  const result = new Map<string, Uint8Array>();
  for (const address of addresses) {
    const octets = addressToBytes(address);
    if (octets?.length !== size)
      onProblem(refusedAnswers(`${answers.name} has ${JSON.stringify(address)} as an ${family} address`));
    else if (result.size < MOST_ADDRESSES) result.set(address, octets);
  }
  if (addresses.length > MOST_ADDRESSES)
    onProblem(
      refusedAnswers(
        `${answers.name} has ${addresses.length} ${family} addresses; only the first ${MOST_ADDRESSES} are answered`,
      ),
    );
  return result;
}
