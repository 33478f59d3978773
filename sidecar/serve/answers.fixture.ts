import { RCODE, rcodeName, TYPE, typeName } from '#core/wire/constants.ts';
import { readEdns } from '#core/wire/edns.ts';
import { sound } from '#core/wire/message.fixture.ts';
import type { ResourceRecord } from '#core/wire/message.ts';
import { nameToText } from '#core/wire/name-text.ts';
import type { Prefix } from '#core/wire/prefix.ts';
import type { AnswersPatch, Choice, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import { applyPatch } from './apply-patch.ts';
import { type Client, createClient } from './client.ts';
import { type ClientTallies, createClientTallies } from './client-tallies.ts';
import { createCompiler } from './compiler.ts';
import { COUNTER } from './counters.ts';
import type { ServeProblem } from './errors.ts';
import { createQuery } from './query.ts';
import { respond } from './respond.ts';
import { createServed, type Served } from './served.ts';
import { createSettings, type ServerIdentity, type Settings } from './settings.ts';

/** Zone `cloud.example.com` as two clusters serve it. */
export const cloud: ZoneAnswers = {
  name: 'cloud.example.com',
  nameServers: ['gslb-ns-eu-cloud.example.com', 'gslb-ns-us-cloud.example.com'],
  nsTtlSeconds: 300,
  negativeTtlSeconds: 20,
  serial: 7,
};

const nothing: Choice = { kind: 'fixed', addresses: [] };

/** A name in `cloud.example.com` with TTL 30, negative TTL 5 and no addresses but those given. */
export function name(owner: string, parts: Partial<NameAnswers> = {}): NameAnswers {
  return {
    name: owner,
    zone: cloud.name,
    a: nothing,
    aaaa: nothing,
    ttlSeconds: 30,
    negativeTtlSeconds: 5,
    ...parts,
  };
}

export const fixed = (...addresses: readonly string[]): Choice => ({ kind: 'fixed', addresses });
export const rotate = (...addresses: readonly string[]): Choice => ({ kind: 'rotate', addresses });

/** `count` addresses counting up from 10.0.0.0. */
export const manyAddresses = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, k) => `10.0.${k >> 8}.${k & 0xff}`);

/** What is served after the patches, all of them through bytes. A problem is thrown unless `onProblem` takes it. */
export function serve(
  patches: readonly Partial<AnswersPatch>[],
  onProblem: (problem: ServeProblem) => void = (problem) => {
    throw new Error(problem.message);
  },
): Served {
  const compiler = createCompiler(onProblem);
  let served = createServed(0x5eed);
  for (const patch of patches) {
    const bytes = compiler.compile({ names: [], removed: [], ...patch });
    if (bytes !== undefined) served = applyPatch(served, bytes);
  }
  return served;
}

export interface Asked {
  readonly tcp?: boolean;
  /** Default 0. */
  readonly random?: number;
  /** Default {@link usualSettings}. */
  readonly settings?: Settings;
  /** Default: 0.0.0.0, as `tcp` says. */
  readonly client?: Client;
}

/** The clock of {@link usualSettings}: seconds since 1970. */
export const usualNow = 1_800_000_000;

/** Settings with a secret of zeros, a clock that stands at {@link usualNow}, this identity and trust. */
export const settingsOf = (
  identity: ServerIdentity = {},
  nowSeconds = () => usualNow,
  subnetTrust: readonly Prefix[] = [],
  tallies: ClientTallies = createClientTallies(0),
): Settings =>
  createSettings({ cookieSecret: new Uint8Array(16), identity, subnetTrust, tallies, nowSeconds });

const usualSettings = settingsOf();

/** The reply to the octets of a message; undefined for silence. */
export function reply(served: Served, bytes: Uint8Array, asked: Asked = {}): Buffer | undefined {
  const query = createQuery();
  query.bytes = Buffer.from(bytes);
  query.length = bytes.length;
  query.client = asked.client ?? createClient(asked.tcp === true ? COUNTER.TCP4 : COUNTER.UDP4);
  const out = Buffer.alloc(0xffff);
  const length = respond(served, asked.settings ?? usualSettings, query, asked.random ?? 0, out);
  return length === 0 ? undefined : Buffer.from(out.subarray(0, length));
}

export interface Question {
  readonly type?: number;
  readonly class?: number;
  readonly opcode?: number;
  /** Other bits of the third and fourth octet of the header. */
  readonly flags?: number;
  /** Octets of the additional section, and how many records they are. */
  readonly additional?: readonly (readonly number[])[];
}

/** The octets of a query for A in class IN with id 0x1234, unless other things are asked for. Case is kept. */
export function question(owner: string, parts: Question = {}): Buffer {
  const { type = TYPE.A, class: qclass = 1, opcode = 0, flags = 0, additional = [] } = parts;
  const bits = (opcode << 11) | flags;
  return Buffer.from([
    ...[0x12, 0x34, bits >> 8, bits & 0xff, 0, 1, 0, 0, 0, 0, 0, additional.length],
    ...owner.split('.').flatMap((label) => (label === '' ? [] : [label.length, ...Buffer.from(label)])),
    ...[0, type >> 8, type & 0xff, qclass >> 8, qclass & 0xff],
    ...additional.flat(),
  ]);
}

/** An OPT record; `options` are its data. */
export function opt(
  parts: { udpBytes?: number; version?: number; flags?: number; options?: readonly number[] } = {},
): readonly number[] {
  const { udpBytes = 1232, version = 0, flags = 0, options = [] } = parts;
  return [
    ...[0, 0, TYPE.OPT, udpBytes >> 8, udpBytes & 0xff, 0, version, flags >> 8, flags & 0xff],
    ...[options.length >> 8, options.length & 0xff, ...options],
  ];
}

/** A reply as one can read it: `NXDOMAIN aa rd`, records as in a zone file, OPT as `1232 do ede 20`. */
export function inWords(bytes: Buffer | undefined): {
  readonly status: string;
  readonly answers: readonly string[];
  readonly authority: readonly string[];
  readonly opt: string | undefined;
} {
  if (bytes === undefined) return { status: 'silence', answers: [], authority: [], opt: undefined };
  const message = sound(bytes);
  const reading = readEdns(message);
  if (reading.status === 'malformed' || reading.status === 'badVersion') throw new Error(reading.status);
  const edns = reading.status === 'present' ? reading.edns : undefined;
  const rcode = message.rcode | ((edns?.upperRcode ?? 0) << 4);
  const status = [
    rcode === RCODE.BADVERS ? 'BADVERS' : rcodeName(rcode),
    ...(message.authoritative ? ['aa'] : []),
    ...(message.truncated ? ['tc'] : []),
    ...(message.recursionDesired ? ['rd'] : []),
    ...(message.recursionAvailable || message.authenticData || message.checkingDisabled ? ['others'] : []),
    ...(message.response ? [] : ['no response']),
  ];
  const errors = (edns?.options ?? []).map((option) =>
    option.kind === 'extendedError' ? ` ede ${option.infoCode}` : ' option',
  );
  return {
    status: status.join(' '),
    answers: message.answers.map(recordText),
    authority: message.authorities.map(recordText),
    opt: edns && `${edns.udpBytes}${edns.dnssecOk ? ' do' : ''}${errors.join('')}`,
  };
}

function recordText({ name: owner, type, ttl, rdata }: ResourceRecord): string {
  const head = `${nameToText(owner)} ${ttl} ${typeName(type)}`;
  switch (rdata.kind) {
    case 'A':
    case 'AAAA':
      return `${head} ${rdata.address}`;
    case 'NS':
      return `${head} ${nameToText(rdata.target)}`;
    case 'SOA':
      return `${head} ${nameToText(rdata.primary)} ${nameToText(rdata.mailbox)} ${rdata.serial} ${rdata.minimum}`;
    default:
      return `${head} ${rdata.kind}`;
  }
}
