import { addressToText } from '#core/wire/address.ts';
import { CLASS, TYPE } from '#core/wire/constants.ts';
import type { ByHash, ByNet, ByPlace, Choice, Leaf, Weighted } from '#sidecar/model/answers.ts';
import { aliasTable } from './alias-table.ts';
import {
  BY_HASH,
  BY_NET,
  BY_PLACE,
  CHOICE_KIND,
  LEAF_HEADER_BYTES,
  POINTER_TO_QUESTION,
  RECORD_BYTES,
  WEIGHTED,
} from './entry.ts';
import { nestedNets } from './nested-nets.ts';
import { writeUint16, writeUint32 } from './octets.ts';
import { HASH_KEY_BYTES, hashKeyOf } from './rendezvous.ts';

/** What the records of a choice are made of. */
export interface ChoiceRecords {
  readonly type: typeof TYPE.A | typeof TYPE.AAAA;
  /** As it goes into a record. */
  readonly ttl: number;
  /** The 4 or 16 octets of each address that is answered; others of the choice are left out. */
  readonly octets: ReadonlyMap<string, Uint8Array>;
  /** Hears of prefixes that are none. */
  readonly onBadPrefix: (prefix: string) => void;
}

/** The bytes of a choice, root first; empty when it has no address to answer. */
export function compileChoice(choice: Choice, records: ChoiceRecords): Uint8Array {
  if (records.octets.size === 0) return new Uint8Array(0);
  const writer: Writer = { bytes: Buffer.alloc(sizeOf(choice, records)), end: 0, leaves: new Map() };
  put(writer, choice, records);
  return writer.bytes.subarray(0, writer.end);
}

interface Writer {
  bytes: Buffer;
  end: number;
  /** Where leaves stand, by what is in them: several choices often end in the same. */
  readonly leaves: Map<string, number>;
}

/** The room that is certain to be needed: exactly that of a leaf, the first guess for others. */
function sizeOf(choice: Choice, { type, octets }: ChoiceRecords): number {
  const recordBytes = type === TYPE.A ? RECORD_BYTES.A : RECORD_BYTES.AAAA;
  return LEAF_HEADER_BYTES + octets.size * recordBytes + (isLeaf(choice) ? 0 : 256);
}

const isLeaf = (choice: Choice): choice is Leaf => choice.kind === 'fixed' || choice.kind === 'rotate';

/** Writes a node and all below it; returns its offset. */
function put(writer: Writer, choice: Choice, records: ChoiceRecords): number {
  switch (choice.kind) {
    case 'fixed':
    case 'rotate':
      return putLeaf(writer, choice, records);
    case 'weighted':
      return putWeighted(writer, choice, records);
    case 'byHash':
      return putByHash(writer, choice, records);
    case 'byPlace':
      return putByPlace(writer, choice, records);
    case 'byNet':
      return putByNet(writer, choice, records);
  }
}

/** Makes room for a node at the end; returns where. */
function take(writer: Writer, size: number): number {
  const at = writer.end;
  writer.end += size;
  if (writer.end > writer.bytes.length) {
    const grown = Buffer.alloc(Math.max(writer.end, 2 * writer.bytes.length));
    writer.bytes.copy(grown);
    writer.bytes = grown;
  }
  return at;
}

function putLeaf(writer: Writer, leaf: Leaf, { type, ttl, octets }: ChoiceRecords): number {
  const key = `${leaf.kind} ${leaf.addresses.join(' ')}`;
  const known = writer.leaves.get(key);
  if (known !== undefined) return known;
  const answered = leaf.addresses.flatMap((address) => octets.get(address) ?? []);
  const recordBytes = type === TYPE.A ? RECORD_BYTES.A : RECORD_BYTES.AAAA;
  const from = take(writer, LEAF_HEADER_BYTES + answered.length * recordBytes);
  const { bytes } = writer;
  bytes[from] = leaf.kind === 'rotate' ? CHOICE_KIND.ROTATE : CHOICE_KIND.FIXED;
  writeUint16(bytes, from + 1, answered.length);
  let at = from + LEAF_HEADER_BYTES;
  for (const address of answered) {
    writeUint16(bytes, at, POINTER_TO_QUESTION);
    writeUint16(bytes, at + 2, type);
    writeUint16(bytes, at + 4, CLASS.IN);
    writeUint32(bytes, at + 6, ttl);
    writeUint16(bytes, at + 10, address.length);
    bytes.set(address, at + 12);
    at += recordBytes;
  }
  writer.leaves.set(key, from);
  return from;
}

function putWeighted(writer: Writer, { among }: Weighted, records: ChoiceRecords): number {
  const { sum, columns } = aliasTable(among.map(({ weight }) => weight));
  const from = take(writer, WEIGHTED.HEADER + among.length * WEIGHTED.PART);
  const leaves = among.map((set) => put(writer, set.choice, records));
  const { bytes } = writer;
  bytes[from] = CHOICE_KIND.WEIGHTED;
  writeUint16(bytes, from + 1, among.length);
  writeUint32(bytes, from + 3, sum);
  for (const [k, { own, other }] of columns.entries()) {
    const part = from + WEIGHTED.HEADER + k * WEIGHTED.PART;
    writeUint32(bytes, part, own);
    writeUint16(bytes, part + 4, other);
    writeUint32(bytes, part + 6, leaves[k] ?? 0);
  }
  return from;
}

function putByHash(writer: Writer, choice: ByHash, records: ChoiceRecords): number {
  // Whatever order they come in: of equal scores the first counts, everywhere the same one.
  const among = choice.among.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const from = take(writer, BY_HASH.HEADER + among.length * BY_HASH.PART);
  const leaves = among.map((set) => put(writer, set.choice, records));
  const { bytes } = writer;
  bytes[from] = CHOICE_KIND.BY_HASH;
  bytes[from + 1] = choice.ipv4Bits;
  bytes[from + 2] = choice.ipv6Bits;
  writeUint16(bytes, from + 3, among.length);
  for (const [k, { key, weight }] of among.entries()) {
    const part = from + BY_HASH.HEADER + k * BY_HASH.PART;
    bytes.set(hashKeyOf(key), part);
    writeUint32(bytes, part + HASH_KEY_BYTES, weight);
    writeUint32(bytes, part + HASH_KEY_BYTES + 4, leaves[k] ?? 0);
  }
  return from;
}

function putByPlace(writer: Writer, choice: ByPlace, records: ChoiceRecords): number {
  const { revision, choices, choiceOfPlace, otherwise } = choice;
  const placesAt = BY_PLACE.HEADER + 4 * choices.length;
  const from = take(writer, placesAt + 2 * choiceOfPlace.length);
  const parts = choices.map((part) => put(writer, part, records));
  const { bytes } = writer;
  bytes[from] = CHOICE_KIND.BY_PLACE;
  writeUint32(bytes, from + 1, revision);
  writeUint32(bytes, from + 5, choiceOfPlace.length);
  writeUint16(bytes, from + 9, choices.length);
  writeUint16(bytes, from + 11, otherwise);
  for (const [k, part] of parts.entries()) writeUint32(bytes, from + BY_PLACE.HEADER + 4 * k, part);
  for (const [k, index] of choiceOfPlace.entries()) writeUint16(bytes, from + placesAt + 2 * k, index);
  return from;
}

function putByNet(writer: Writer, choice: ByNet, records: ChoiceRecords): number {
  const nets = nestedNets(choice, records.onBadPrefix);
  const count = (family: 4 | 6) => nets.filter((net) => net.prefix.family === family).length;
  const [ofIpv4, ofIpv6] = [count(4), count(6)];
  const from = take(writer, BY_NET.HEADER + ofIpv4 * (4 + BY_NET.PART) + ofIpv6 * (16 + BY_NET.PART));
  const parts = choice.choices.map((part) => put(writer, part, records));
  const { bytes } = writer;
  bytes[from] = CHOICE_KIND.BY_NET;
  writeUint32(bytes, from + 1, parts[choice.otherwise] ?? 0);
  writeUint32(bytes, from + 5, ofIpv4);
  writeUint32(bytes, from + 9, ofIpv6);
  let at = from + BY_NET.HEADER;
  for (const { prefix, around, choice: index } of nets) {
    bytes.set(prefix.bytes, at);
    at += prefix.bytes.length;
    bytes[at] = prefix.bits;
    writeUint32(bytes, at + 1, around + 1);
    writeUint32(bytes, at + 5, parts[index] ?? 0);
    at += BY_NET.PART;
  }
  return from;
}

/** The addresses of the leaf at `leaf`, in text and in order. */
export function leafAddresses(bytes: Uint8Array, leaf: number, type: number): readonly string[] {
  const size = type === TYPE.A ? 4 : 16;
  const count = ((bytes[leaf + 1] ?? 0) << 8) | (bytes[leaf + 2] ?? 0);
  return Array.from({ length: count }, (_, k) =>
    addressToText(bytes, leaf + LEAF_HEADER_BYTES + k * (12 + size) + 12, size),
  );
}
