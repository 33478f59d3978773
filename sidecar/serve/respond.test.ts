import { describe, expect, it } from 'vitest';
import { OPCODE, TYPE } from '#core/wire/constants.ts';
import {
  cloud,
  fixed,
  inWords,
  manyAddresses,
  name,
  opt,
  question,
  reply,
  rotate,
  serve,
} from './answers.fixture.ts';
import { createServed } from './served.ts';

const served = serve([
  {
    zones: [
      cloud,
      { ...cloud, name: 'eu.cloud.example.com', serial: 8, negativeTtlSeconds: 9 },
      { ...cloud, name: 'test', nameServers: ['ns.other.net'] },
    ],
    names: [
      name('app.cloud.example.com', {
        a: fixed('10.1.0.1', '10.1.0.2'),
        aaaa: fixed('fd00::1'),
      }),
      name('six.cloud.example.com', { aaaa: fixed('fd00::6') }),
      name('down.cloud.example.com', { negativeTtlSeconds: 3 }),
      name('a.deep.down.cloud.example.com', { a: fixed('10.1.0.3') }),
      name('*.wild.cloud.example.com', { a: fixed('10.1.0.4'), negativeTtlSeconds: 4 }),
      name('here.wild.cloud.example.com', { a: fixed('10.1.0.5') }),
      name('x.y.wild.cloud.example.com', { a: fixed('10.1.0.6') }),
      name('many.cloud.example.com', { a: fixed(...manyAddresses(60)), aaaa: fixed('fd00::7') }),
      name('app.eu.cloud.example.com', { zone: 'eu.cloud.example.com', a: fixed('10.2.0.1') }),
      name('app.test', { zone: 'test', a: fixed('10.3.0.1') }),
    ],
  },
]);

const ns = 'gslb-ns-eu-cloud.example.com';
const soa = (ttl: number) =>
  `cloud.example.com ${ttl} SOA ${ns} hostmaster.cloud.example.com 7 ${cloud.negativeTtlSeconds}`;
const euSoa = `eu.cloud.example.com 9 SOA ${ns} hostmaster.eu.cloud.example.com 8 9`;

const ask = (owner: string, parts?: Parameters<typeof question>[1]) =>
  inWords(reply(served, question(owner, parts)));

describe('a name of ours', () => {
  it.each([
    ['app.cloud.example.com', TYPE.A, ['30 A 10.1.0.1', '30 A 10.1.0.2']],
    ['app.cloud.example.com', TYPE.AAAA, ['30 AAAA fd00::1']],
    ['app.cloud.example.com', TYPE.ANY, ['30 A 10.1.0.1', '30 A 10.1.0.2']],
    ['six.cloud.example.com', TYPE.ANY, ['30 AAAA fd00::6']],
    ['a.deep.down.cloud.example.com', TYPE.A, ['30 A 10.1.0.3']],
    ['app.eu.cloud.example.com', TYPE.A, ['30 A 10.2.0.1']],
    ['app.test', TYPE.A, ['30 A 10.3.0.1']],
    ['cloud.example.com', TYPE.NS, [`300 NS ${ns}`, '300 NS gslb-ns-us-cloud.example.com']],
    ['cloud.example.com', TYPE.SOA, [`20 SOA ${ns} hostmaster.cloud.example.com 7 20`]],
    ['cloud.example.com', TYPE.ANY, [`20 SOA ${ns} hostmaster.cloud.example.com 7 20`]],
    ['test', TYPE.NS, ['300 NS ns.other.net']],
    ['foo.wild.cloud.example.com', TYPE.A, ['30 A 10.1.0.4']],
    ['foo.bar.wild.cloud.example.com', TYPE.A, ['30 A 10.1.0.4']],
    ['*.wild.cloud.example.com', TYPE.A, ['30 A 10.1.0.4']],
    ['here.wild.cloud.example.com', TYPE.A, ['30 A 10.1.0.5']],
    ['x.y.wild.cloud.example.com', TYPE.A, ['30 A 10.1.0.6']],
  ])('%s, type %i, is answered', (owner, type, records) => {
    expect(ask(owner, { type })).toEqual({
      status: 'NOERROR aa',
      answers: records.map((record) => `${owner} ${record}`),
      authority: [],
      opt: undefined,
    });
  });

  it.each([
    ['a type that it has not', 'six.cloud.example.com', TYPE.A, soa(5)],
    ['no addresses', 'down.cloud.example.com', TYPE.A, soa(3)],
    ['no addresses, asked for ANY', 'down.cloud.example.com', TYPE.ANY, soa(3)],
    ['a name above others', 'deep.down.cloud.example.com', TYPE.A, soa(20)],
    ['a name above a wildcard', 'wild.cloud.example.com', TYPE.A, soa(20)],
    ['a name above others below a wildcard', 'y.wild.cloud.example.com', TYPE.A, soa(20)],
    ['a type that a wildcard has not', 'foo.wild.cloud.example.com', TYPE.AAAA, soa(4)],
    ['TXT', 'app.cloud.example.com', TYPE.TXT, soa(5)],
    ['HTTPS', 'app.cloud.example.com', TYPE.HTTPS, soa(5)],
    ['CNAME', 'app.cloud.example.com', TYPE.CNAME, soa(5)],
    ['NS below the apex', 'app.cloud.example.com', TYPE.NS, soa(5)],
    ['SOA below the apex', 'app.cloud.example.com', TYPE.SOA, soa(5)],
    ['an unknown type', 'app.cloud.example.com', 65_280, soa(5)],
    ['the apex, A', 'cloud.example.com', TYPE.A, soa(20)],
    ['the apex, DS', 'cloud.example.com', TYPE.DS, soa(20)],
    ['the apex of an inner zone, A', 'eu.cloud.example.com', TYPE.A, euSoa],
    ['the apex of an inner zone, DS, which the outer one answers', 'eu.cloud.example.com', TYPE.DS, soa(20)],
  ])('is NODATA: %s', (_, owner, type, authority) => {
    expect(ask(owner, { type })).toEqual({
      status: 'NOERROR aa',
      answers: [],
      authority: [authority],
      opt: undefined,
    });
  });

  it.each([
    ['nope.cloud.example.com', soa(20)],
    ['below.app.cloud.example.com', soa(20)],
    ['below.here.wild.cloud.example.com', soa(20)],
    ['other.y.wild.cloud.example.com', soa(20)],
    ['nope.eu.cloud.example.com', euSoa],
    [`${'a.'.repeat(100)}cloud.example.com`, soa(20)],
    ['nope.test', 'test 20 SOA ns.other.net hostmaster.test 7 20'],
    // What this cluster has of a host that it does not know: not what its wildcard answers.
    ['localtargets-foo.wild.cloud.example.com', soa(20)],
    ['LocalTargets-foo.wild.cloud.example.com', soa(20)],
  ])('does not exist: %s', (owner, authority) => {
    expect(ask(owner)).toEqual({
      status: 'NXDOMAIN aa',
      answers: [],
      authority: [authority],
      opt: undefined,
    });
  });

  it('is found whatever its case, and the question comes back as it was', () => {
    const asked = question('aPp.CLOUD.eXample.com');
    const answer = reply(served, asked);
    expect(answer?.subarray(12, asked.length)).toEqual(asked.subarray(12));
    expect(inWords(answer).answers).toHaveLength(2);
  });

  it('is answered with these very octets', () => {
    const answer = reply(served, question('app.cloud.example.com', { flags: 0x0100 }));
    expect(answer?.toString('hex')).toBe(
      [
        ...['1234', '8500', '0001', '0002', '0000', '0000'],
        ...['03617070', '05636c6f7564', '076578616d706c65', '03636f6d', '00', '0001', '0001'],
        ...['c00c', '0001', '0001', '0000001e', '0004', '0a010001'],
        ...['c00c', '0001', '0001', '0000001e', '0004', '0a010002'],
      ].join(''),
    );
  });
});

describe('other names', () => {
  it.each([
    'com',
    '',
    'example.com',
    'notcloud.example.com',
    'cloud.example.com.evil.org',
    'app.cloud.example.org',
  ])('REFUSED: %j', (owner) => {
    expect(ask(owner).status).toBe('REFUSED');
    expect(ask(owner, { additional: [opt()] })).toMatchObject({ status: 'REFUSED', opt: '1232 ede 20' });
  });

  it('are SERVFAIL, not ready, before any zone is known', () => {
    const empty = createServed(1);
    expect(inWords(reply(empty, question('app.cloud.example.com')))).toMatchObject({ status: 'SERVFAIL' });
    expect(inWords(reply(empty, question('app.cloud.example.com', { additional: [opt()] })))).toMatchObject({
      status: 'SERVFAIL',
      opt: '1232 ede 14',
    });
  });

  it('are REFUSED when there are no zones at all', () => {
    expect(inWords(reply(serve([{ zones: [] }]), question('app.cloud.example.com'))).status).toBe('REFUSED');
  });
});

describe('what is asked', () => {
  it.each([
    ['class CH', { class: 3, type: TYPE.TXT }, 'REFUSED'],
    ['class ANY', { class: 255 }, 'REFUSED'],
    ['class NONE', { class: 254 }, 'REFUSED'],
    ['AXFR', { type: TYPE.AXFR }, 'REFUSED'],
    ['IXFR', { type: TYPE.IXFR }, 'REFUSED'],
    ['type OPT', { type: TYPE.OPT }, 'FORMERR'],
    ['type TSIG', { type: TYPE.TSIG }, 'FORMERR'],
    ['type TKEY', { type: 249 }, 'FORMERR'],
    ['MAILA', { type: 254 }, 'NOTIMP'],
    ['MAILB', { type: 253 }, 'NOTIMP'],
    ['opcode IQUERY', { opcode: OPCODE.IQUERY }, 'NOTIMP'],
    ['opcode STATUS', { opcode: OPCODE.STATUS }, 'NOTIMP'],
    ['opcode 15', { opcode: 15 }, 'NOTIMP'],
    ['NOTIFY', { opcode: OPCODE.NOTIFY, type: TYPE.SOA }, 'REFUSED'],
    ['UPDATE', { opcode: OPCODE.UPDATE, type: TYPE.SOA }, 'REFUSED'],
    ['RD', { flags: 0x0100 }, 'NOERROR aa rd'],
    ['AD, CD, RA, Z, AA and TC, which mean nothing here', { flags: 0x06f0 }, 'NOERROR aa'],
  ])('%s', (_, parts, status) => {
    const answer = reply(served, question('app.cloud.example.com', parts));
    expect(inWords(answer).status).toBe(status);
    expect((answer?.[2] ?? 0) & 0x78).toBe(('opcode' in parts ? parts.opcode : 0) << 3);
  });
});

describe('EDNS', () => {
  const unknownOption = [0xff, 0xfe, 0, 3, 1, 2, 3];

  it.each([
    ['none', [], 'NOERROR aa', undefined],
    ['one', [opt()], 'NOERROR aa', '1232'],
    ['DO and unknown flags', [opt({ flags: 0xffff })], 'NOERROR aa', '1232 do'],
    ['a small size', [opt({ udpBytes: 100 })], 'NOERROR aa', '1232'],
    ['an unknown option', [opt({ options: unknownOption })], 'NOERROR aa', '1232'],
    ['version 1', [opt({ version: 1 })], 'BADVERS', '1232'],
    ['version 255 and an unknown option', [opt({ version: 255, options: unknownOption })], 'BADVERS', '1232'],
    ['two', [opt(), opt()], 'FORMERR', undefined],
    ['an option that runs over', [opt({ options: [0, 10, 0, 9, 1] })], 'FORMERR', undefined],
    ['half an option', [opt({ options: [0, 10, 0] })], 'FORMERR', undefined],
    ['an owner', [[1, 0x61, ...opt()]], 'FORMERR', undefined],
    ['a pointer as owner', [[0xc0, 12, ...opt().slice(1)]], 'FORMERR', undefined],
  ])('%s', (_, additional, status, inReply) => {
    const answer = ask('app.cloud.example.com', { additional });
    expect([answer.status, answer.opt]).toEqual([status, inReply]);
    expect(answer.answers.length > 0).toBe(status === 'NOERROR aa');
  });

  it('is there in every kind of reply', () => {
    const additional = [opt({ flags: 0x8000 })];
    const opts = [
      ask('nope.cloud.example.com', { additional }),
      ask('cloud.example.com', { additional, type: TYPE.NS }),
      ask('app.cloud.example.com', { additional, type: TYPE.TXT }),
      ask('many.cloud.example.com', { additional: [opt({ flags: 0x8000, udpBytes: 512 })] }),
      ask('app.cloud.example.com', { additional, opcode: 9 }),
      ask('app.cloud.example.com', { additional, class: 3 }),
    ].map((answer) => answer.opt);
    expect(opts).toEqual([...Array(5).fill('1232 do'), '1232 do ede 20']);
  });
});

describe('a reply that is too long', () => {
  // 12 + 28 octets of header and question, 960 of records.
  it.each([
    ['512 without EDNS', {}, 'NOERROR aa tc', 0],
    ['999 octets', { additional: [opt({ udpBytes: 999 + 11 })] }, 'NOERROR aa tc', 0],
    ['1000 octets, the OPT record besides', { additional: [opt({ udpBytes: 1000 + 11 })] }, 'NOERROR aa', 60],
  ])('has no part of the RRset and TC: %s', (_, parts, status, count) => {
    const answer = ask('many.cloud.example.com', parts);
    expect([answer.status, answer.answers.length]).toEqual([status, count]);
  });

  it('is never above 1232 over UDP, whatever is offered', () => {
    const big = serve([
      {
        zones: [cloud],
        names: [
          name('big.cloud.example.com', { a: fixed(...manyAddresses(1000)) }),
          name('most.cloud.example.com', { a: fixed(...manyAddresses(73)) }),
          name('more.cloud.example.com', { a: fixed(...manyAddresses(74)) }),
        ],
      },
    ]);
    const generous = { additional: [opt({ udpBytes: 4096 })] };
    expect(reply(big, question('most.cloud.example.com', generous))?.length).toBe(1219);
    expect(inWords(reply(big, question('more.cloud.example.com', generous))).status).toBe('NOERROR aa tc');
    const asked = question('big.cloud.example.com', { additional: [opt({ udpBytes: 65_535 })] });
    expect(inWords(reply(big, asked)).status).toBe('NOERROR aa tc');
    expect(inWords(reply(big, asked, { tcp: true })).answers).toHaveLength(1000);
    expect(inWords(reply(big, question('big.cloud.example.com'), { tcp: true })).answers).toHaveLength(1000);
  });

  it('says NXDOMAIN also without its SOA', () => {
    const label = 'n'.repeat(63);
    const zone = {
      ...cloud,
      name: 'example',
      nameServers: [`${label}.${label}.${label}.other.net`],
    };
    const long = serve([{ zones: [zone] }]);
    const asked = question(`${label}.${label}.${label}.${'n'.repeat(50)}.example`);
    expect(inWords(reply(long, asked))).toMatchObject({ status: 'NXDOMAIN aa tc', authority: [] });
    expect(inWords(reply(long, asked, { tcp: true })).authority).toHaveLength(1);
  });
});

describe('rotation', () => {
  const addresses = manyAddresses(3);
  const turning = serve([
    { zones: [cloud], names: [name('app.cloud.example.com', { a: rotate(...addresses) })] },
  ]);
  const order = (random: number) =>
    inWords(reply(turning, question('app.cloud.example.com'), { random })).answers.map((record) =>
      record.replace(/.* A /, ''),
    );

  it('starts anywhere and keeps the order', () => {
    expect(order(0)).toEqual(['10.0.0.0', '10.0.0.1', '10.0.0.2']);
    expect(order(2 ** 31)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.0']);
    expect(order(2 ** 32 - 1)).toEqual(['10.0.0.2', '10.0.0.0', '10.0.0.1']);
  });

  it('puts every address first equally often', () => {
    const times = new Map<string, number>();
    for (let k = 0; k < 3000; k += 1) {
      const [first = ''] = order(Math.floor(((k + 0.5) / 3000) * 2 ** 32));
      times.set(first, (times.get(first) ?? 0) + 1);
    }
    expect([...times.values()]).toEqual([1000, 1000, 1000]);
  });

  it('is not for fixed choices', () => {
    const first = inWords(reply(served, question('app.cloud.example.com'), { random: 2 ** 32 - 1 }))
      .answers[0];
    expect(first).toBe('app.cloud.example.com 30 A 10.1.0.1');
  });
});
