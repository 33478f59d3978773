import { CLASS, EDNS_OPTION, HEADER_BYTES, OPCODE, RCODE } from '#core/wire/constants.ts';
import { extendedRcode } from '#core/wire/edns.ts';
import { readHeader } from '#core/wire/header.ts';
import type { Message } from '#core/wire/message.ts';
import { namesEqual } from '#core/wire/name.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { isPublishable } from './address.ts';
import type { Question, Reply } from './ask.ts';

/** Most addresses of one type that a host has in one cluster. */
const mostAddresses = 64;

/** A checked reply, and how many addresses in it were refused (not publishable, or too many). */
export interface CheckedReply {
  readonly reply: Reply;
  readonly refusedAddresses: number;
  /** The cookie option, as it came (RFC 7873). */
  readonly cookie?: Uint8Array | undefined;
}

/**
 * Checks what came back to a question. Undefined when it is no reply to it: not its id, or not its question octet
 * by octet. What is a reply but malformed, or says anything but NOERROR and NXDOMAIN, is an `error`.
 * @param sent the question message up to the end of its question section
 */
export function checkReply(
  bytes: Uint8Array,
  sent: Uint8Array,
  type: Question['type'],
): CheckedReply | undefined {
  const header = readHeader(bytes);
  if (!header?.response || header.opcode !== OPCODE.QUERY || !repeats(bytes, sent)) return undefined;
  if (header.truncated) return { reply: { kind: 'truncated' }, refusedAddresses: 0 };
  const message = readMessage(bytes);
  if (!message.ok) return { reply: { kind: 'error' }, refusedAddresses: 0 };
  // With the upper bits: BADVERS looks like NOERROR without them.
  const rcode = extendedRcode(message.value);
  const cookie = cookieIn(message.value);
  if (rcode === RCODE.NOERROR) return { ...addressesIn(message.value, type), cookie };
  return { reply: { kind: rcode === RCODE.NXDOMAIN ? 'no-name' : 'error' }, refusedAddresses: 0, cookie };
}

/** Id, QDCOUNT 1 and the question section, in the same letter case. */
function repeats(bytes: Uint8Array, sent: Uint8Array): boolean {
  if (bytes.length < sent.length || bytes[0] !== sent[0] || bytes[1] !== sent[1]) return false;
  if (bytes[4] !== 0 || bytes[5] !== 1) return false;
  for (let at = HEADER_BYTES; at < sent.length; at += 1) if (bytes[at] !== sent[at]) return false;
  return true;
}

function cookieIn({ additionals }: Message): Uint8Array | undefined {
  for (const { rdata } of additionals)
    if (rdata.kind === 'OPT') return rdata.options.find(({ code }) => code === EDNS_OPTION.COOKIE)?.bytes;
  return undefined;
}

function addressesIn({ questions, answers }: Message, type: Question['type']): CheckedReply {
  const asked = questions[0]?.name;
  const found = new Set<string>();
  for (const { name, class: rrClass, rdata } of answers)
    if (rdata.kind === type && rrClass === CLASS.IN && asked !== undefined && namesEqual(name, asked))
      found.add(rdata.address);
  const addresses = [...found].filter(isPublishable).slice(0, mostAddresses).sort();
  return { reply: { kind: 'addresses', addresses }, refusedAddresses: found.size - addresses.length };
}
