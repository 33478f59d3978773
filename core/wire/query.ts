import { CLASS, OPCODE, RCODE } from './constants.ts';
import { type Edns, ednsRecord } from './edns.ts';
import type { Name } from './name.ts';
import { writeMessage } from './write-message.ts';

/**
 * The octets of a query, class IN. `id` must be unpredictable (RFC 5452 §9.2): draw 16 random bits for each.
 * Without `edns` answers over UDP are limited to 512 octets.
 */
export function buildQuery(query: {
  readonly id: number;
  readonly name: Name;
  readonly type: number;
  readonly recursionDesired: boolean;
  readonly edns?: Edns;
}): Uint8Array {
  return writeMessage({
    id: query.id,
    response: false,
    opcode: OPCODE.QUERY,
    authoritative: false,
    truncated: false,
    recursionDesired: query.recursionDesired,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: RCODE.NOERROR,
    questions: [{ name: query.name, type: query.type, class: CLASS.IN }],
    answers: [],
    authorities: [],
    additionals: query.edns === undefined ? [] : [ednsRecord(query.edns)],
  });
}
