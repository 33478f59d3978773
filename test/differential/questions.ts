import { TYPE } from '#core/wire/constants.ts';
import type { Random } from './random.ts';
import { labels, type World } from './world.ts';

/** A query; what it consists of, for rules and for people. */
export interface DnsQuestion {
  readonly bytes: Buffer;
  readonly tcp: boolean;
  readonly opcode: number;
  readonly questions: number;
  /** Labels; octets as in Latin-1. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
  /** One per OPT record. */
  readonly opts: readonly {
    readonly udpBytes: number;
    readonly version: number;
    readonly flags: number;
    readonly options: readonly { readonly code: number; readonly data: Buffer }[];
  }[];
}

/** A question that BIND and we should answer alike. Its id is 0. */
export function makeQuestion(world: World, random: Random): DnsQuestion {
  const name = questionName(world, random);
  const type = questionType(random);
  const qclass = random.oneIn(30) ? (random.oneIn(10) ? 3 : random.pick([4, 254, 255, 0, 1000])) : 1;
  const opcode = random.oneIn(40) ? random.below(16) : 0;
  const questions = random.oneIn(60) ? random.pick([0, 2]) : 1;
  const opts = Array.from({ length: random.oneIn(60) ? 2 : random.below(3) > 0 ? 1 : 0 }, () => opt(random));
  const flags = random.oneIn(5) ? random.next() & 0x07f0 : random.below(2) << 8;
  const head = Buffer.alloc(12);
  head.writeUInt16BE((opcode << 11) | flags, 2);
  head.writeUInt16BE(questions, 4);
  head.writeUInt16BE(opts.length, 10);
  const one = Buffer.concat([
    ...name.map((label) => Buffer.from([label.length, ...Buffer.from(label, 'latin1')])),
    Buffer.from([0, type >> 8, type & 0xff, qclass >> 8, qclass & 0xff]),
  ]);
  return {
    bytes: Buffer.concat([head, ...Array.from({ length: questions }, () => one), ...opts.map(optBytes)]),
    tcp: random.oneIn(8),
    opcode,
    questions,
    labels: name,
    type,
    class: qclass,
    opts,
  };
}

function questionName(world: World, random: Random): readonly string[] {
  if (random.oneIn(25)) return random.pick([[], ['com'], ['example', 'com'], ['example', 'org'], ['xtest']]);
  let name = random.pick(world.names).split('.');
  // An ancestor, a descendant, a sibling, an instance of a wildcard.
  if (random.oneIn(4)) name = name.slice(random.below(3));
  const more = random.oneIn(3) ? 1 + random.below(3) : 0;
  for (let k = 0; k < more; k += 1) name = [anyLabel(random), ...name];
  if (random.oneIn(4)) name = [anyLabel(random), ...name.slice(1)];
  while (name.reduce((sum, label) => sum + label.length + 1, 1) > 255) name = name.slice(1);
  return random.oneIn(3) ? name.map((label) => mixedCase(label, random)) : name;
}

function anyLabel(random: Random): string {
  if (!random.oneIn(12)) return random.pick(labels);
  return Array.from({ length: 1 + random.below(8) }, () => String.fromCharCode(random.below(256))).join('');
}

function mixedCase(label: string, random: Random): string {
  return [...label].map((letter) => (random.oneIn(2) ? upper(letter) : letter)).join('');
}

// ASCII alone: toUpperCase would make other octets of ß or ÿ.
const upper = (letter: string) => (/[a-z]/.test(letter) ? letter.toUpperCase() : letter);

function questionType(random: Random): number {
  if (random.oneIn(12)) return random.oneIn(2) ? random.below(300) : random.below(0x10000);
  return random.pick([
    ...[TYPE.A, TYPE.A, TYPE.A, TYPE.AAAA, TYPE.AAAA, TYPE.ANY, TYPE.NS, TYPE.SOA, TYPE.DS, TYPE.TXT],
    ...[TYPE.CNAME, TYPE.MX, TYPE.SRV, TYPE.HTTPS, TYPE.SVCB, TYPE.RRSIG, TYPE.NSEC, TYPE.CAA, 48],
  ] as [number, ...number[]]);
}

function opt(random: Random): DnsQuestion['opts'][number] {
  const count = random.oneIn(2) ? random.below(3) : 0;
  return {
    udpBytes: random.pick([0, 100, 512, 513, 800, 1232, 1232, 1400, 4096, 65535]),
    version: random.oneIn(40) ? 1 + random.below(255) : 0,
    flags: random.oneIn(3) ? 0x8000 : random.oneIn(10) ? random.next() & 0x7fff : 0,
    options: Array.from({ length: count }, () => option(random)),
  };
}

function option(random: Random): { readonly code: number; readonly data: Buffer } {
  const octets = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
  switch (random.below(7)) {
    case 0:
      return { code: 10, data: octets(8) };
    case 1:
      return { code: 10, data: octets(random.pick([8, 16, 24, 40, 7, 41, 0, 12])) };
    case 2: {
      const prefix = random.below(33);
      const data = Buffer.concat([Buffer.from([0, 1, prefix, 0]), octets((prefix + 7) >> 3)]);
      if (prefix % 8 !== 0) data[data.length - 1] = (data.at(-1) ?? 0) & (0xff00 >> (prefix % 8));
      return { code: 8, data };
    }
    case 3:
      return { code: 8, data: random.pick([octets(3), octets(4), octets(7), Buffer.from([0, 2, 0, 0])]) };
    case 4:
      return { code: 3, data: octets(0) };
    case 5:
      return { code: 11, data: octets(random.oneIn(10) ? 1 : 0) };
    default:
      return { code: 100 + random.below(65_000), data: octets(random.below(20)) };
  }
}

function optBytes({ udpBytes, version, flags, options }: DnsQuestion['opts'][number]): Buffer {
  const data = Buffer.concat(
    options.map((one) => {
      const head = Buffer.alloc(4);
      head.writeUInt16BE(one.code, 0);
      head.writeUInt16BE(one.data.length, 2);
      return Buffer.concat([head, one.data]);
    }),
  );
  const head = Buffer.alloc(11);
  head.writeUInt16BE(TYPE.OPT, 1);
  head.writeUInt16BE(udpBytes, 3);
  head[6] = version;
  head.writeUInt16BE(flags, 7);
  head.writeUInt16BE(data.length, 9);
  return Buffer.concat([head, data]);
}
