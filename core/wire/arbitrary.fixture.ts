import fc from 'fast-check';
import { addressToText } from './address.ts';
import { CLASS, TYPE } from './constants.ts';
import type { Message, Question, Rdata, ResourceRecord } from './message.ts';
import type { Name } from './name.ts';
import { ROOT } from './name.ts';

/** Iterations of a property: `usual` in the unit run, FUZZ_RUNS where that is set. */
export function propertyRuns(usual: number): number {
  const asked = Number(process.env['FUZZ_RUNS'] ?? '');
  return asked > 0 ? asked : usual;
}

/** Labels of any octets, lower-cased, few of them shared, so that compression and ordering have work. */
export function arbitraryName(): fc.Arbitrary<Name> {
  return fc.array(arbitraryLabel, { maxLength: 6 }).map((labels) => {
    const wire: number[] = [];
    for (const label of labels) if (wire.length + 1 + label.length < 255) wire.push(label.length, ...label);
    return Uint8Array.of(...wire, 0) as Name;
  });
}

/** Messages of every kind of record; those that the writer moves to the end (OPT, TSIG) stand there already. */
export function arbitraryMessage(): fc.Arbitrary<Message> {
  const section = fc.array(arbitraryRecord, { maxLength: 4 });
  return fc.record({
    id: uint16,
    response: fc.boolean(),
    opcode: fc.nat(15),
    authoritative: fc.boolean(),
    truncated: fc.boolean(),
    recursionDesired: fc.boolean(),
    recursionAvailable: fc.boolean(),
    authenticData: fc.boolean(),
    checkingDisabled: fc.boolean(),
    rcode: fc.nat(15),
    questions: fc.array(arbitraryQuestion, { maxLength: 2 }),
    answers: section,
    authorities: section,
    additionals: fc
      .tuple(section, fc.option(arbitraryOpt), fc.option(arbitraryTsig))
      .map(([records, opt, tsig]) => [
        ...records,
        ...(opt === null ? [] : [opt]),
        ...(tsig === null ? [] : [tsig]),
      ]),
  });
}

const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffff_ffff);

function octets(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength });
}

const arbitraryLabel = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'b', 'www', 'example', 'com', '*').map((text) => [...Buffer.from(text)]),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 63 })
      .map((label) => [...label].map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet))),
  },
);

const name = arbitraryName();

const arbitraryQuestion: fc.Arbitrary<Question> = fc.record({ name, type: uint16, class: uint16 });

const ordinaryRdata: fc.Arbitrary<readonly [number, Rdata]> = fc.oneof(
  octets(4, 4).map((address) => [TYPE.A, { kind: 'A', address: addressToText(address) }] as const),
  octets(16, 16).map((address) => [TYPE.AAAA, { kind: 'AAAA', address: addressToText(address) }] as const),
  fc
    .tuple(fc.constantFrom('NS', 'CNAME', 'PTR'), name)
    .map(([kind, target]) => [TYPE[kind], { kind, target }] as const),
  fc
    .tuple(uint16, name)
    .map(([preference, target]) => [TYPE.MX, { kind: 'MX', preference, target }] as const),
  fc
    .array(octets(0, 255), { minLength: 1, maxLength: 3 })
    .map((strings) => [TYPE.TXT, { kind: 'TXT', strings }] as const),
  fc
    .record({ kind: fc.constant('SRV'), priority: uint16, weight: uint16, port: uint16, target: name })
    .map((rdata) => [TYPE.SRV, rdata] as const),
  fc
    .record({
      kind: fc.constant('SOA'),
      primary: name,
      mailbox: name,
      serial: uint32,
      refresh: uint32,
      retry: uint32,
      expire: uint32,
      minimum: uint32,
    })
    .map((rdata) => [TYPE.SOA, rdata] as const),
  fc
    .tuple(fc.constantFrom(TYPE.HTTPS, TYPE.CAA, 65_280), octets(0, 40))
    .map(([type, bytes]) => [type, { kind: 'opaque', bytes }] as const),
);

const arbitraryRecord: fc.Arbitrary<ResourceRecord> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(name, fc.nat(0x7fff_ffff), ordinaryRdata)
      .map(([owner, ttl, [type, rdata]]) => ({ name: owner, type, class: CLASS.IN, ttl, rdata })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, fc.constantFrom(TYPE.A, TYPE.NS, TYPE.ANY), fc.constantFrom(CLASS.ANY, CLASS.NONE))
      .map(([owner, type, rrClass]) => ({
        name: owner,
        type,
        class: rrClass,
        ttl: 0,
        rdata: { kind: 'empty' as const },
      })),
  },
);

const arbitraryOpt: fc.Arbitrary<ResourceRecord> = fc
  .tuple(uint16, uint32, fc.array(fc.record({ code: uint16, bytes: octets(0, 12) }), { maxLength: 3 }))
  .map(([udpBytes, ttl, options]) => ({
    name: ROOT,
    type: TYPE.OPT,
    class: udpBytes,
    ttl,
    rdata: { kind: 'OPT', options },
  }));

const arbitraryTsig: fc.Arbitrary<ResourceRecord> = fc
  .record({
    kind: fc.constant('TSIG'),
    algorithm: name,
    timeSeconds: fc.nat(0xffff_ffff_ffff),
    fudgeSeconds: uint16,
    mac: octets(0, 64),
    originalId: uint16,
    error: uint16,
    other: octets(0, 6),
  })
  .chain((rdata) => name.map((owner) => ({ name: owner, type: TYPE.TSIG, class: CLASS.ANY, ttl: 0, rdata })));
