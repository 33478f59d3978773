import { describe, expect, it } from 'vitest';
import { RCODE, TSIG_ERROR, TYPE } from '#core/wire/constants.ts';
import { extendedRcode, readEdns } from '#core/wire/edns.ts';
import type { EdnsOption } from '#core/wire/edns-option.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { createAnswerer } from './answerer.ts';
import {
  type Asked,
  cloud,
  fixed,
  inWords,
  manyAddresses,
  name,
  opt,
  question,
  reply,
  serve,
  settingsOf,
  usualNow,
} from './answers.fixture.ts';
import { createClient } from './client.ts';
import { COUNTER, createCounters } from './counters.ts';

const served = serve([
  {
    zones: [cloud],
    names: [
      name('app.cloud.example.com', { a: fixed('10.1.0.1') }),
      name('down.cloud.example.com'),
      name('*.apps.cloud.example.com'),
      name('many.cloud.example.com', { a: fixed(...manyAddresses(28)) }),
    ],
  },
]);

const option = (code: number, hex: string): readonly number[] => {
  const data = Buffer.from(hex, 'hex');
  return [code >> 8, code & 0xff, data.length >> 8, data.length & 0xff, ...data];
};

/** Response code and options of the reply. */
function asked(
  bytes: Buffer,
  how?: Asked,
): { readonly rcode: number; readonly options: readonly EdnsOption[]; readonly answers: number } {
  const read = readMessage(reply(served, bytes, how) ?? Buffer.alloc(0));
  if (!read.ok) throw new Error(read.error.message);
  const edns = readEdns(read.value);
  return {
    rcode: extendedRcode(read.value),
    options: edns.status === 'present' ? edns.edns.options : [],
    answers: read.value.answers.length,
  };
}

const withOptions = (options: readonly number[], owner = 'app.cloud.example.com', type = TYPE.A as number) =>
  question(owner, { type, additional: [opt({ options })] });

const cookieIn = (options: readonly EdnsOption[]) => {
  const cookie = options.find((one) => one.kind === 'cookie');
  return cookie && Buffer.concat([cookie.client, cookie.server]).toString('hex');
};
const mine = '0102030405060708';

describe('cookies', () => {
  it('a client cookie gets a server cookie, in answers and in errors', () => {
    const first = asked(withOptions(option(10, mine)));
    expect(first).toMatchObject({ rcode: RCODE.NOERROR, answers: 1 });
    expect(cookieIn(first.options)).toMatch(/^0102030405060708010000006b49d200[0-9a-f]{16}$/);
    expect(cookieIn(asked(withOptions(option(10, mine), 'example.org')).options)).toHaveLength(48);
  });

  it('a good one comes back as it was, one of half an hour ago renewed, a bad one replaced', () => {
    const good = cookieIn(asked(withOptions(option(10, mine))).options) ?? '';
    expect(cookieIn(asked(withOptions(option(10, good))).options)).toBe(good);
    const later = settingsOf({}, () => usualNow + 1801);
    const renewed = cookieIn(asked(withOptions(option(10, good)), { settings: later }).options) ?? '';
    expect(renewed.slice(0, 24)).toBe(good.slice(0, 24));
    expect(renewed.slice(24, 32)).toBe((usualNow + 1801).toString(16));
    const bad = `${good.slice(0, -1)}${good.endsWith('0') ? '1' : '0'}`;
    const answer = asked(withOptions(option(10, bad)));
    expect([answer.rcode, answer.answers, cookieIn(answer.options)]).toEqual([RCODE.NOERROR, 1, good]);
  });

  it('can be fetched without a question', () => {
    const bare = (options: readonly number[]) =>
      Buffer.from([0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, ...opt({ options })]);
    const first = asked(bare(option(10, mine)));
    const good = cookieIn(first.options) ?? '';
    expect([first.rcode, good.length]).toEqual([RCODE.NOERROR, 48]);
    expect(asked(bare(option(10, good))).rcode).toBe(RCODE.NOERROR);
    const bad = asked(bare(option(10, `${mine}${'00'.repeat(16)}`)));
    expect([bad.rcode, cookieIn(bad.options)]).toEqual([RCODE.BADCOOKIE, good]);
    expect(asked(bare([])).rcode).toBe(RCODE.FORMERR);
  });

  it('of which only the first counts', () => {
    const other = 'ffffffffffffffff';
    expect(cookieIn(asked(withOptions([...option(10, mine), ...option(10, other)])).options)).toMatch(
      /^0102/,
    );
  });

  it('tell who asked for the rate limiter, once they are good', () => {
    const counters = createCounters();
    const answerer = createAnswerer({ seed: 1, settings: settingsOf(), counters, onFailure: () => {} });
    const client = createClient(COUNTER.UDP4);
    const out = Buffer.alloc(1232);
    const ask = (bytes: Buffer) => {
      const length = answerer.answer(bytes, bytes.length, client, out);
      return { valid: client.cookieValid, bytes: Buffer.from(out.subarray(0, length)) };
    };
    const first = ask(withOptions(option(10, mine)));
    const at = first.bytes.indexOf(Buffer.from(mine, 'hex'));
    const good = first.bytes.subarray(at, at + 24).toString('hex');
    expect(first.valid).toBe(false);
    expect(ask(withOptions(option(10, good))).valid).toBe(true);
    expect(ask(question('app.cloud.example.com')).valid).toBe(false);
    client.address[3] = 9;
    expect(ask(withOptions(option(10, good))).valid).toBe(false);
  });

  it('never push an answer over what the client takes', () => {
    // 12 + 29 + 28 * 16 + 11 = 500 octets without, 528 with.
    const small = (options: readonly number[]) =>
      question('many.cloud.example.com', { additional: [opt({ udpBytes: 512, options })] });
    expect(inWords(reply(served, small([]))).status).toBe('NOERROR aa');
    expect(inWords(reply(served, small(option(10, mine)))).status).toBe('NOERROR aa tc');
  });
});

describe('options that break their RFC', () => {
  it.each([
    ['a cookie of 7 octets', 10, '00'.repeat(7)],
    ['a cookie of 9 octets', 10, '00'.repeat(9)],
    ['a cookie of 15 octets', 10, '00'.repeat(15)],
    ['a cookie of 41 octets', 10, '00'.repeat(41)],
    ['an empty cookie', 10, ''],
    ['ECS of three octets', 8, '000118'],
    ['ECS of an unknown family', 8, '00030000'],
    ['ECS of no family with a prefix', 8, '0000080001'],
    ['ECS with a prefix over 32', 8, '00012100c000020100'],
    ['ECS with a prefix over 128', 8, `00028100${'00'.repeat(17)}`],
    ['ECS with a scope', 8, '00011808c00002'],
    ['ECS with too few octets', 8, '00011800c000'],
    ['ECS with too many octets', 8, '00011800c0000201'],
    ['ECS with bits behind the prefix', 8, '00011700c00003'],
  ])('%s is FORMERR, with EDNS', (_, code, hex) => {
    const answer = reply(served, withOptions([...option(10, mine), ...option(code, hex)]));
    expect(inWords(answer)).toEqual({ status: 'FORMERR', answers: [], authority: [], opt: '1232' });
  });

  it('but not in a later version, whose options may mean anything', () => {
    const asked = question('app.cloud.example.com', {
      additional: [opt({ version: 1, options: option(10, '00') })],
    });
    expect(inWords(reply(served, asked))).toMatchObject({ status: 'BADVERS', opt: '1232' });
  });
});

describe('client subnet', () => {
  it.each([
    ['IPv4', '00011800c00002'],
    ['part of an octet', '00011700c00002'],
    ['IPv6', '0002380020010db8000000'],
    ['all of IPv6', `00028000${'20'.repeat(16)}`],
    ['none to be used', '00010000'],
    ['none of no family', '00000000'],
  ])('comes back with scope 0: %s', (_, hex) => {
    const answer = reply(served, withOptions(option(8, hex))) ?? Buffer.alloc(0);
    expect(answer.subarray(-4 - hex.length / 2).toString('hex')).toBe(
      Buffer.from(option(8, hex)).toString('hex'),
    );
  });
});

describe('NSID, keepalive and names of class CH', () => {
  const settings = settingsOf({ id: 'eu-node-1', version: 'interspan 9' });
  const text = (bytes: Buffer | undefined) => {
    const read = readMessage(bytes ?? Buffer.alloc(0));
    return read.ok && read.value.answers[0]?.rdata.kind === 'TXT'
      ? read.value.answers[0].rdata.strings.map((part) => Buffer.from(part).toString())
      : inWords(bytes).status;
  };

  it('NSID is told when asked for, if there is one', () => {
    expect(asked(withOptions(option(3, ''))).options).toEqual([]);
    expect(asked(withOptions([]), { settings }).options).toEqual([]);
    const [nsid] = asked(withOptions(option(3, '')), { settings }).options;
    expect(nsid).toEqual({ kind: 'nsid', id: new Uint8Array(Buffer.from('eu-node-1')) });
  });

  it('keepalive is told over TCP only', () => {
    const client = { ...createClient(COUNTER.TCP4), idleMs: 10_000 };
    const asks = withOptions(option(11, ''));
    expect(asked(asks, { client }).options).toEqual([{ kind: 'tcpKeepalive', timeoutDeciseconds: 100 }]);
    expect(asked(asks).options).toEqual([]);
    expect(asked(withOptions(option(11, '00')))).toEqual({ rcode: RCODE.NOERROR, options: [], answers: 1 });
    expect(asked(withOptions([]), { client }).options).toEqual([]);
  });

  it.each([
    ['version.bind', ['interspan 9']],
    ['VERSION.server', ['interspan 9']],
    ['id.server', ['eu-node-1']],
    ['hostname.bind', ['eu-node-1']],
    ['authors.bind', 'REFUSED'],
  ])('%s', (owner, told) => {
    const asks = question(owner, { class: 3, type: TYPE.TXT });
    expect(text(reply(served, asks, { settings }))).toEqual(told);
    expect(text(reply(served, asks))).toBe('REFUSED');
    expect(text(reply(served, question(owner, { class: 3, type: TYPE.A }), { settings }))).toBe('REFUSED');
  });
});

describe('extended errors', () => {
  const why = (bytes: Buffer, from = served) => {
    const read = readMessage(reply(from, bytes) ?? Buffer.alloc(0));
    const edns = read.ok ? readEdns(read.value) : undefined;
    const options = edns?.status === 'present' ? edns.edns.options : [];
    return options.flatMap((one) => (one.kind === 'extendedError' ? [`${one.infoCode} ${one.text}`] : []));
  };

  it.each([
    ['down.cloud.example.com', {}, ['0 no healthy target for down.cloud.example.com']],
    ['Down.cloud.example.com', { type: TYPE.AAAA }, ['0 no healthy target for down.cloud.example.com']],
    ['x.apps.cloud.example.com', {}, ['0 no healthy target for x.apps.cloud.example.com']],
    ['down.cloud.example.com', { type: TYPE.TXT }, []],
    ['app.cloud.example.com', { type: TYPE.AAAA }, []],
    ['example.org', {}, ['20 no zone of this server']],
    ['cloud.example.com', { type: TYPE.AXFR }, ['18 no zone transfers']],
    ['cloud.example.com', { type: TYPE.SOA, opcode: 4 }, ['18 neither UPDATE nor NOTIFY is accepted']],
    ['version.bind', { type: TYPE.TXT, class: 3 }, ['20 only class IN is served']],
  ])('%s %o', (owner, parts, errors) => {
    expect(why(question(owner, { ...parts, additional: [opt()] }))).toEqual(errors);
  });

  it('shows names of any octets', () => {
    const asks = question('x.apps.cloud.example.com', { additional: [opt()] });
    asks[13] = 0xff;
    expect(why(asks)).toEqual(['0 no healthy target for ?.apps.cloud.example.com']);
  });

  it('tells answers from saved state, until it is confirmed', () => {
    const patches = [
      { zones: [cloud], names: [name('app.cloud.example.com', { a: fixed('10.1.0.1') })], saved: true },
    ];
    const asks = question('app.cloud.example.com', { additional: [opt()] });
    const nope = question('nope.cloud.example.com', { additional: [opt()] });
    expect([why(asks, serve(patches)), why(nope, serve(patches))]).toEqual(
      Array(2).fill(['3 answer from saved state']),
    );
    expect(why(asks, serve([...patches, { saved: false }]))).toEqual([]);
    expect(why(asks, serve([...patches, { zones: [cloud, { ...cloud, name: 'test' }] }]))).toHaveLength(1);
  });

  it('are left out before anything else is', () => {
    const label = 'd'.repeat(63);
    const owner = `${label}.${label}.${label}.apps.cloud.example.com`;
    const small = question(owner, { additional: [opt({ udpBytes: 512 })] });
    expect(inWords(reply(served, small))).toMatchObject({ status: 'NOERROR aa', opt: '1232' });
  });
});

describe('a message signed with a key that is not ours', () => {
  const key = [3, 0x6b, 0x65, 0x79, 0];
  const algorithm = [11, ...Buffer.from('hmac-sha256'), 0];
  const variables = [0, 0, 0x6b, 0, 0x56, 0x3d, 1, 0x2c, 0, 4, 1, 2, 3, 4, 0xab, 0xcd, 0, 0, 0, 0];
  const tsig = (owner: readonly number[] = key, fixedPart = [0, 250, 0, 255, 0, 0, 0, 0]) => [
    ...[...owner, ...fixedPart, 0, algorithm.length + variables.length],
    ...[...algorithm, ...variables],
  ];
  const signed = (...additional: readonly (readonly number[])[]) =>
    question('app.cloud.example.com', { additional });

  it.each([
    ['alone', [tsig()]],
    ['behind OPT', [opt(), tsig()]],
  ])('is NOTAUTH, BADKEY, unsigned: %s', (_, additional) => {
    const read = readMessage(reply(served, signed(...additional)) ?? Buffer.alloc(0));
    expect(read.ok && read.value.rcode).toBe(RCODE.NOTAUTH);
    expect(read.ok && read.value.additionals.at(-1)?.rdata).toMatchObject({
      kind: 'TSIG',
      mac: new Uint8Array(0),
      originalId: 0xabcd,
      error: TSIG_ERROR.BADKEY,
    });
    expect(read.ok && read.value.additionals.length).toBe(additional.length);
  });

  it.each([
    ['not the last record', [tsig(), opt()]],
    ['twice', [tsig(), tsig()]],
    ['of class IN', [tsig(key, [0, 250, 0, 1, 0, 0, 0, 0])]],
    ['with a TTL', [tsig(key, [0, 250, 0, 255, 0, 0, 0, 1])]],
    ['with a pointer as name', [tsig([0xc0, 12])]],
    ['cut short', [tsig().slice(0, -1)]],
  ])('%s is FORMERR', (_, additional) => {
    expect(inWords(reply(served, signed(...additional))).status).toBe('FORMERR');
  });
});
