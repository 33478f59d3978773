import { ask } from '#core/exchange/ask.ts';
import type { Server } from '#core/exchange/tcp.ts';
import { rcodeName, TYPE } from '#core/wire/constants.ts';
import { extendedRcode } from '#core/wire/edns.ts';
import type { Message, ResourceRecord } from '#core/wire/message.ts';
import { nameOf, nameToText } from '#core/wire/name-text.ts';
import type { EdgeRecord } from './changes.ts';
import type { AskEdge, EdgeReply } from './read-zone.ts';

const attempts = 3;
const attemptTimeoutMs = 1_000;
const tcpTimeoutMs = 3_000;

/**
 * Asks the edge's server with RD=0, each time from a fresh port with a fresh id: over UDP up to three times, over
 * TCP when the reply is truncated. The promise rejects with ExchangeError.
 */
export function edgeAsker(
  server: Server,
  random: (sizeBytes: number) => Uint8Array,
  signal: AbortSignal,
): AskEdge {
  return async (text, type) =>
    edgeReply(
      await ask(server, nameOf(text), TYPE[type], {
        recursionDesired: false,
        attempts,
        attemptTimeoutMs,
        tcpTimeoutMs,
        random,
        signal,
      }),
    );
}

function edgeReply(message: Message): EdgeReply {
  return {
    rcode: rcodeName(extendedRcode(message)),
    authoritative: message.authoritative,
    answer: message.answers.flatMap(edgeRecord),
    authority: message.authorities.flatMap(edgeRecord),
    additional: message.additionals.flatMap(edgeRecord),
  };
}

function edgeRecord({ name, ttl, rdata }: ResourceRecord): readonly EdgeRecord[] {
  const record = (type: EdgeRecord['type'], data: string) => [
    { name: nameToText(name), type, ttlSeconds: ttl, data },
  ];
  switch (rdata.kind) {
    case 'A':
    case 'AAAA':
      return record(rdata.kind, rdata.address);
    case 'NS':
      return record('NS', nameToText(rdata.target));
    case 'TXT':
      return record('TXT', rdata.strings.map((octets) => Buffer.from(octets).toString('latin1')).join(''));
    default:
      return [];
  }
}
