import { CLASS, EDNS_OPTION, HEADER_BYTES, SAFE_UDP_BYTES, TYPE } from '#core/wire/constants.ts';
import type { Name } from '#core/wire/name.ts';
import type { Question } from './ask.ts';

/** Octets of randomness that a question takes: two for the id, a bit per octet of the name. */
export const questionRandomBytes = 2 + 32;

/**
 * A question as it goes on the wire: no recursion, EDNS with 1,232 octets (RFC 6891), and the letters of the name in
 * random case, which a reply has to repeat (draft-vixie-dnsext-dns0x20). With the id and the port that is what
 * somebody who does not see the question would have to guess.
 * @param name owner to ask for
 * @param random `questionRandomBytes` octets; the first two become the id
 * @param cookie for the option of RFC 7873: 8 to 40 octets
 */
export function writeQuestion(
  name: Name,
  type: Question['type'],
  random: Uint8Array,
  cookie: Uint8Array,
): Buffer {
  const typeAt = HEADER_BYTES + name.length;
  const optAt = typeAt + 4;
  const message = Buffer.allocUnsafe(optAt + opt.length + 4 + cookie.length);
  message.set(random.subarray(0, 2), 0);
  message.set(fixedHeader, 2);
  for (let at = 0; at < name.length; at += 1) {
    const octet = name[at] as number;
    // A length octet is at most 63 and so never taken for a letter.
    const letter = octet >= 0x61 && octet <= 0x7a;
    const flip = letter && ((random[2 + (at >> 3)] as number) >> (at & 7)) & 1;
    message[HEADER_BYTES + at] = flip ? octet ^ 0x20 : octet;
  }
  message.writeUInt16BE(TYPE[type], typeAt);
  message.writeUInt16BE(CLASS.IN, typeAt + 2);
  message.set(opt, optAt);
  message.writeUInt16BE(4 + cookie.length, optAt + opt.length - 2);
  message.writeUInt16BE(EDNS_OPTION.COOKIE, optAt + opt.length);
  message.writeUInt16BE(cookie.length, optAt + opt.length + 2);
  message.set(cookie, optAt + opt.length + 4);
  return message;
}

/** A question without its OPT: header and question section. */
export function upToQuestion(message: Buffer): Buffer {
  let at = HEADER_BYTES;
  while (message[at] !== 0) at += 1 + (message[at] as number);
  return message.subarray(0, at + 5);
}

/** Flags 0 (a query, RD=0), QDCOUNT 1, ARCOUNT 1. */
const fixedHeader = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0, 1);

/** Owner root, type OPT, class = payload size, TTL 0; RDLENGTH is filled in. */
const opt = Uint8Array.of(0, 0, TYPE.OPT, SAFE_UDP_BYTES >> 8, SAFE_UDP_BYTES & 0xff, 0, 0, 0, 0, 0, 0);
