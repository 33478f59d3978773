import { CLASS } from './constants.ts';
import type { Message, RecordData, ResourceRecord } from './message.ts';
import { nameOf } from './name-text.ts';
import { readMessage } from './read-message.ts';
import { typeOf } from './write-rdata.ts';

/** What a message says that must be sound. @throws Error with what is wrong with it */
export function sound(bytes: Uint8Array): Message {
  const result = readMessage(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** A message with id 0x1234, all flags 0 and nothing in it, but for what is given. */
export function message(parts: Partial<Message> = {}): Message {
  return {
    id: 0x1234,
    response: false,
    opcode: 0,
    authoritative: false,
    truncated: false,
    recursionDesired: false,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: 0,
    questions: [],
    answers: [],
    authorities: [],
    additionals: [],
    ...parts,
  };
}

/** A record of class IN, TTL 60. */
export function record(name: string, rdata: RecordData): ResourceRecord {
  return { name: nameOf(name), type: typeOf(rdata), class: CLASS.IN, ttl: 60, rdata };
}

/** `count` records of type A, their addresses counting up from 10.0.0.0. */
export function addresses(name: string, count: number): readonly ResourceRecord[] {
  return Array.from({ length: count }, (_, k) =>
    record(name, { kind: 'A', address: `10.0.${k >> 8}.${k & 0xff}` }),
  );
}
