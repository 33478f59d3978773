import { HEADER_BYTES, TYPE } from './constants.ts';
import { valueError } from './errors.ts';
import { headerFlags } from './header.ts';
import type { Message, ResourceRecord } from './message.ts';
import { namesEqual } from './name.ts';
import { putRecord } from './write-rdata.ts';
import {
  freshWriter,
  MAX_MESSAGE_BYTES,
  putName,
  putOctets,
  putUint16,
  setUint16,
  takeBack,
  type Writer,
} from './writer.ts';

/**
 * The octets of a message, without TCP's length, names compressed. OPT and TSIG records go last.
 *
 * With `maxBytes` a message that is too long loses whole RRsets (records of one name, type and class that stand
 * together): additional ones silently; from the first answer or authority RRset that does not fit, all of them
 * are left out and TC is set (RFC 2181 §9). Question, OPT and TSIG always stay. Glue of a referral is additional
 * here, so RFC 9471 is the caller's to see to. Without `maxBytes` nothing is ever left out.
 *
 * @throws WireValueError when a record holds what its type cannot, when nothing may be left out and it is longer
 * than 65535 octets, or when question, OPT and TSIG alone exceed `maxBytes` (never, at 512 and sane options).
 */
export function writeMessage(message: Message, options: { readonly maxBytes?: number } = {}): Uint8Array {
  const maxBytes = Math.min(options.maxBytes ?? MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
  const tail = message.additionals.filter(isPseudo);
  const tailBytes = recordsAlone(tail);

  const to = freshWriter(HEADER_BYTES);
  for (const question of message.questions) {
    putName(to, question.name, 'compressed');
    putUint16(to, question.type);
    putUint16(to, question.class);
  }
  const room = maxBytes - tailBytes.length;
  if (to.length > room) throw valueError(`A message of at most ${maxBytes} octets cannot hold its question.`);

  const answers = putRequired(to, message.answers, room);
  let isWhole = answers === message.answers.length;
  const authorities = isWhole ? putRequired(to, message.authorities, room) : 0;
  isWhole &&= authorities === message.authorities.length;
  const additionals = isWhole ? putOptional(to, message.additionals, room) : 0;
  const isComplete = isWhole && additionals + tail.length === message.additionals.length;
  if (!isComplete && options.maxBytes === undefined) {
    throw valueError(
      'A message of more than 65535 octets cannot be sent.',
      'Split it into several messages.',
    );
  }
  putOctets(to, tailBytes);
  setUint16(to, 0, message.id);
  setUint16(to, 2, headerFlags(message) | (isWhole ? 0 : TRUNCATED));
  setUint16(to, 4, message.questions.length);
  setUint16(to, 6, answers);
  setUint16(to, 8, authorities);
  setUint16(to, 10, additionals + tail.length);
  return to.bytes.slice(0, to.length);
}

const TRUNCATED = 0x0200;

function isPseudo(record: ResourceRecord): boolean {
  return record.type === TYPE.OPT || record.type === TYPE.TSIG;
}

// TSIG last whatever the order given: RFC 8945 §5.1.
function recordsAlone(records: readonly ResourceRecord[]): Uint8Array {
  const to = freshWriter(0);
  for (const record of records) if (record.type === TYPE.OPT) putRecord(to, record);
  for (const record of records) if (record.type === TYPE.TSIG) putRecord(to, record);
  return to.bytes.slice(0, to.length);
}

// Writes RRset by RRset until one does not fit; returns the number of records written.
function putRequired(to: Writer, records: readonly ResourceRecord[], room: number): number {
  let from = 0;
  while (from < records.length) {
    const next = endOfRrset(records, from);
    if (!putIfFits(to, records, from, next, room)) break;
    from = next;
  }
  return from;
}

// Writes the RRsets that fit; returns the number of records written.
function putOptional(to: Writer, records: readonly ResourceRecord[], room: number): number {
  let written = 0;
  for (let from = 0; from < records.length; from = endOfRrset(records, from)) {
    const next = endOfRrset(records, from);
    const first = records[from];
    if (first !== undefined && !isPseudo(first) && putIfFits(to, records, from, next, room))
      written += next - from;
  }
  return written;
}

function putIfFits(
  to: Writer,
  records: readonly ResourceRecord[],
  from: number,
  next: number,
  room: number,
): boolean {
  const { length } = to;
  const suffixCount = to.suffixes.count;
  for (let k = from; k < next && to.length <= room; k += 1) {
    const record = records[k];
    if (record !== undefined) putRecord(to, record);
  }
  if (to.length <= room) return true;
  takeBack(to, length, suffixCount);
  return false;
}

function endOfRrset(records: readonly ResourceRecord[], from: number): number {
  const first = records[from];
  let end = from + 1;
  for (; first !== undefined && end < records.length; end += 1) {
    const next = records[end];
    if (next === undefined || next.type !== first.type || next.class !== first.class) break;
    if (!namesEqual(next.name, first.name)) break;
  }
  return end;
}
