import { HEADER_BYTES, TYPE } from './constants.ts';
import { type Cursor, uint16, uint32 } from './cursor.ts';
import { type MalformedCode, malformedResult, type Result } from './errors.ts';
import { readHeader } from './header.ts';
import type { Message, Question, ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { readName } from './read-name.ts';
import { readRdata } from './read-rdata.ts';

/**
 * Reads a whole message, without its TCP length. Refuses what is malformed anywhere, also octets behind the last
 * record; never throws, keeps nothing of `bytes`, and takes time and memory in proportion to their length.
 * For general use: names are copied and case-folded, so a server that must echo a question copies its octets.
 * Does not judge meaning: `readEdns` does for OPT, `verify` for TSIG.
 */
export function readMessage(bytes: Uint8Array): Result<Message> {
  const header = readHeader(bytes);
  if (header === undefined) return malformedResult('truncated', bytes.length);
  const questionCount = uint16(bytes, 4);
  const counts = [uint16(bytes, 6), uint16(bytes, 8), uint16(bytes, 10)] as const;
  const least = questionCount * QUESTION_BYTES + (counts[0] + counts[1] + counts[2]) * RECORD_BYTES;
  if (HEADER_BYTES + least > bytes.length) return malformedResult('counts', 4);

  const cursor: Cursor = { bytes, offset: HEADER_BYTES, end: bytes.length };
  const questions = readQuestions(cursor, questionCount);
  if (typeof questions === 'string') return malformedResult(questions, cursor.offset);
  const asked = questions[0]?.name;
  const answers = readRecords(cursor, counts[0], asked);
  if (typeof answers === 'string') return malformedResult(answers, cursor.offset);
  const authorities = readRecords(cursor, counts[1], asked);
  if (typeof authorities === 'string') return malformedResult(authorities, cursor.offset);
  const additionals = readRecords(cursor, counts[2], asked);
  if (typeof additionals === 'string') return malformedResult(additionals, cursor.offset);
  if (cursor.offset !== bytes.length) return malformedResult('trailing-bytes', cursor.offset);
  return { ok: true, value: { ...header, questions, answers, authorities, additionals } };
}

/** Reads the record at the cursor and moves behind it. `asked` is the name at octet 12, when one stands there. */
export function readRecord(cursor: Cursor, asked?: Name): ResourceRecord | MalformedCode {
  const { bytes } = cursor;
  const name = readOwner(cursor, asked);
  if (typeof name === 'string') return name;
  const at = cursor.offset;
  const from = at + 10;
  if (from > cursor.end) return 'truncated';
  const type = uint16(bytes, at);
  const rrClass = uint16(bytes, at + 2);
  const ttl = uint32(bytes, at + 4);
  const messageEnd = cursor.end;
  const rdataEnd = from + uint16(bytes, at + 8);
  if (rdataEnd > messageEnd) return 'truncated';
  cursor.offset = from;
  cursor.end = rdataEnd;
  const rdata = readRdata(cursor, type, rrClass);
  cursor.end = messageEnd;
  if (typeof rdata === 'string') return rdata;
  return { name, type, class: rrClass, ttl: ttl > MAX_TTL && type !== TYPE.OPT ? 0 : ttl, rdata };
}

// Least octets of an entry: a root name and its fixed fields.
const QUESTION_BYTES = 5;
const RECORD_BYTES = 11;

const MAX_TTL = 0x7fff_ffff;

function readQuestions(cursor: Cursor, count: number): readonly Question[] | MalformedCode {
  const questions: Question[] = [];
  for (let k = 0; k < count; k += 1) {
    const name = readName(cursor, 'allowed');
    if (typeof name === 'string') return name;
    const at = cursor.offset;
    if (at + 4 > cursor.end) return 'truncated';
    cursor.offset = at + 4;
    questions.push({ name, type: uint16(cursor.bytes, at), class: uint16(cursor.bytes, at + 2) });
  }
  return questions;
}

function readRecords(
  cursor: Cursor,
  count: number,
  asked: Name | undefined,
): readonly ResourceRecord[] | MalformedCode {
  const records: ResourceRecord[] = [];
  for (let k = 0; k < count; k += 1) {
    const record = readRecord(cursor, asked);
    if (typeof record === 'string') return record;
    records.push(record);
  }
  return records;
}

// Nearly every owner in an answer is a pointer to the question: it then shares that name instead of a copy.
function readOwner(cursor: Cursor, asked: Name | undefined): Name | MalformedCode {
  const { bytes, offset } = cursor;
  if (
    asked !== undefined &&
    bytes[offset] === 0xc0 &&
    bytes[offset + 1] === HEADER_BYTES &&
    offset + 2 <= cursor.end
  ) {
    cursor.offset = offset + 2;
    return asked;
  }
  return readName(cursor, 'allowed');
}
