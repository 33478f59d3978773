import { rcodeName, TYPE, typeName } from '#core/wire/constants.ts';
import type { ResourceRecord } from '#core/wire/message.ts';
import { readMessage } from '#core/wire/read-message.ts';

/** A reply, section by section, with nothing in it that may differ from one reply to the next. */
export interface Reading {
  /** `NOERROR`, `BADVERS`, …; `silence`; `unreadable`. */
  readonly rcode: string;
  readonly opcode: number;
  /** Sorted names of the flags that are set. */
  readonly flags: string;
  /** The question section as octets. */
  readonly question: string;
  /** Records in text, sorted: the order of an RRset means nothing. */
  readonly answers: readonly string[];
  readonly authorities: readonly string[];
  /** Without OPT. */
  readonly additionals: readonly string[];
  /** Version, DO and other flags, and codes with lengths of options; undefined: no OPT record. */
  readonly opt:
    | { readonly version: number; readonly flags: number; readonly options: readonly string[] }
    | undefined;
}

const nothing = {
  opcode: 0,
  flags: '',
  question: '',
  answers: [],
  authorities: [],
  additionals: [],
  opt: undefined,
} as const;

export function readReply(bytes: Buffer | undefined): Reading {
  if (bytes === undefined) return { rcode: 'silence', ...nothing };
  const read = readMessage(bytes);
  if (!read.ok) return { rcode: 'unreadable', ...nothing };
  const message = read.value;
  const opt = message.additionals.find((record) => record.type === TYPE.OPT);
  const high = opt === undefined ? 0 : opt.ttl >>> 24;
  const rcode = (high << 4) | message.rcode;
  return {
    rcode: rcode === 16 ? 'BADVERS' : rcodeName(rcode),
    opcode: message.opcode,
    flags: flagNames(bytes),
    question: bytes.subarray(12, questionEnd(bytes)).toString('hex'),
    answers: recordTexts(message.answers),
    authorities: recordTexts(message.authorities),
    additionals: recordTexts(message.additionals.filter((record) => record !== opt)),
    opt: opt && {
      version: (opt.ttl >>> 16) & 0xff,
      flags: opt.ttl & 0xffff,
      options:
        opt.rdata.kind === 'OPT'
          ? opt.rdata.options.map(({ code, bytes: data }) => `${code}:${data.length}`).toSorted()
          : [],
    },
  };
}

function flagNames(bytes: Buffer): string {
  const bits = bytes.readUInt16BE(2);
  const all = { qr: 0x8000, aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, z: 0x40, ad: 0x20, cd: 0x10 };
  return Object.entries(all)
    .filter(([, bit]) => (bits & bit) !== 0)
    .map(([name]) => name)
    .join(' ');
}

/** Names in a question are never compressed by either server. */
function questionEnd(bytes: Buffer): number {
  let at = 12;
  for (let left = bytes.readUInt16BE(4); left > 0; left -= 1) {
    while ((bytes[at] ?? 0) !== 0 && (bytes[at] ?? 0) < 0xc0) at += 1 + (bytes[at] ?? 0);
    at += (bytes[at] ?? 0) === 0 ? 5 : 6;
  }
  return Math.min(at, bytes.length);
}

function recordTexts(records: readonly ResourceRecord[]): readonly string[] {
  return records
    .map((record) => {
      const data = JSON.stringify(record.rdata, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1').toLowerCase() : value,
      );
      const owner = Buffer.from(record.name).toString('latin1').toLowerCase();
      return `${JSON.stringify(owner)} ${record.ttl} ${record.class} ${typeName(record.type)} ${data}`;
    })
    .toSorted();
}
