import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressToBytes } from '#core/wire/address.ts';
import { propertyRuns } from '#core/wire/arbitrary.fixture.ts';
import { isWithin, parsePrefix } from '#core/wire/prefix.ts';
import type { ByHash, ByNet, Choice, Leaf } from '#sidecar/model/answers.ts';
import { aliasTable } from './alias-table.ts';
import { choose } from './choose.ts';

const leaf = (...addresses: readonly string[]): Leaf => ({ kind: 'fixed', addresses });
const eu = leaf('10.1.0.1');
const us = leaf('10.2.0.1');
const za = leaf('10.3.0.1');

const answer = (choice: Choice, client: string, random = 0) => {
  const chosen = choose(choice, client, undefined, random);
  return chosen === undefined ? 'no client' : `${chosen.addresses.join(' ')} /${chosen.scopeBits}`;
};

/** Deterministic 32-bit numbers, spread evenly. */
const spread = (k: number) => Math.imul(k, 0x9e37_79b1) >>> 0;

describe('weighted', () => {
  it.each([[[5, 3, 2]], [[1]], [[1, 1, 1, 1, 1, 1, 1]], [[1000, 1, 1, 998]], [[7, 11, 13, 17, 19]]])(
    'gives every set exactly its share of the table: %j',
    (weights) => {
      const { sum, columns } = aliasTable(weights);
      const shares = weights.map(() => 0);
      for (const [k, { own, other }] of columns.entries()) {
        shares[k] = (shares[k] ?? 0) + own;
        shares[other] = (shares[other] ?? 0) + sum - own;
      }
      expect(shares).toEqual(weights.map((weight) => weight * weights.length));
    },
  );

  it('scales weights down that add up to more than the table can hold, and keeps the smallest', () => {
    const { sum, columns } = aliasTable([2 ** 40, 2 ** 40, 1]);
    expect(sum).toBeLessThan(2 ** 30);
    expect(columns.every(({ own }) => own >= 0 && own <= sum)).toBe(true);
    expect(columns[2]?.own).toBe(3);
  });

  it('draws by weight, one set alone, and depends on no client', () => {
    const choice: Choice = {
      kind: 'weighted',
      among: [
        { weight: 5, choice: eu },
        { weight: 3, choice: us },
        { weight: 2, choice: za },
      ],
    };
    const seen = new Map<string, number>();
    for (let k = 0; k < 10_000; k += 1) {
      const text = answer(choice, '192.0.2.1', spread(k));
      seen.set(text, (seen.get(text) ?? 0) + 1);
    }
    const expected = { '10.1.0.1 /0': 5000, '10.2.0.1 /0': 3000, '10.3.0.1 /0': 2000 };
    for (const [text, count] of Object.entries(expected))
      expect(Math.abs((seen.get(text) ?? 0) - count)).toBeLessThan(20);
  });

  it('rotates within the set that was drawn', () => {
    const set: Leaf = { kind: 'rotate', addresses: ['10.1.0.1', '10.1.0.2', '10.1.0.3'] };
    const choice: Choice = {
      kind: 'weighted',
      among: [
        { weight: 1, choice: set },
        { weight: 1, choice: us },
      ],
    };
    const firsts = new Map<string, number>();
    for (let k = 0; k < 6000; k += 1) {
      const first = choose(choice, '192.0.2.1', undefined, spread(k))?.addresses[0] ?? '';
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const address of set.addresses)
      expect(Math.abs((firsts.get(address) ?? 0) - 1000)).toBeLessThan(150);
    expect(firsts.get('10.2.0.1')).toBeGreaterThan(2800);
  });
});

// Thousands of networks each, which takes its time on a busy machine.
describe('byHash', { timeout: 60_000 }, () => {
  const byHash = (weights: Readonly<Record<string, number>>): ByHash => ({
    kind: 'byHash',
    ipv4Bits: 24,
    ipv6Bits: 56,
    among: Object.entries(weights).map(([key, weight], k) => ({
      key,
      weight,
      choice: leaf(`10.0.0.${k + 1}`),
    })),
  });
  const networks = Array.from(
    { length: 10_000 },
    (_, k) => `${10 + (k >> 12)}.${(k >> 4) & 255}.${(k & 15) * 16}.9`,
  );
  const keyFor = (choice: ByHash, client: string) => {
    const address = choose(choice, client, undefined, 0)?.addresses[0];
    return choice.among.find((set) => set.choice.addresses[0] === address)?.key;
  };

  it('is the same function in every program, so that all clusters agree', () => {
    const choice = byHash({ eu: 1, us: 1, za: 2 });
    const clients = [
      '192.0.2.1',
      '198.51.100.7',
      '203.0.113.9',
      '8.8.8.8',
      '2001:db8::1',
      '2001:db8:0:100::1',
    ];
    expect(clients.map((client) => keyFor(choice, client))).toMatchInlineSnapshot(`
      [
        "eu",
        "za",
        "za",
        "eu",
        "eu",
        "za",
      ]
    `);
  });

  it('answers a whole network alike, and says how long it is', () => {
    const choice = byHash({ eu: 1, us: 1 });
    expect(answer(choice, '192.0.2.1')).toBe(answer(choice, '192.0.2.254'));
    expect(answer(choice, '192.0.2.1')).toMatch(/ \/24$/);
    expect(answer(choice, '2001:db8:1:2::1')).toBe(answer(choice, '2001:db8:1:ff::2'));
    expect(answer(choice, '2001:db8:1:2::1')).toMatch(/ \/56$/);
  });

  it('goes by what is known of a network when that is less', () => {
    expect(answer(byHash({ eu: 1, us: 1 }), '192.0.0.0/20')).toMatch(/ \/20$/);
  });

  it('depends on no client when there is one set only', () => {
    expect(answer(byHash({ eu: 1 }), '192.0.2.1')).toBe('10.0.0.1 /0');
  });

  it('does not depend on the order of the sets', () => {
    const choice = byHash({ eu: 1, us: 3, za: 2 });
    const turned: ByHash = { ...choice, among: choice.among.toReversed() };
    for (const client of networks.slice(0, 500)) expect(keyFor(turned, client)).toBe(keyFor(choice, client));
  });

  it('gives each set its weight of the networks', () => {
    const choice = byHash({ eu: 5, us: 3, za: 2 });
    const seen = new Map<string | undefined, number>();
    for (const client of networks)
      seen.set(keyFor(choice, client), (seen.get(keyFor(choice, client)) ?? 0) + 1);
    const expected = new Map([
      ['eu', 5000],
      ['us', 3000],
      ['za', 2000],
    ]);
    let chiSquare = 0;
    for (const [key, count] of expected) chiSquare += ((seen.get(key) ?? 0) - count) ** 2 / count;
    // 99.9 % of fair draws with two degrees of freedom.
    expect(chiSquare).toBeLessThan(13.82);
  });

  it('moves only the share of a set that goes', () => {
    const before = byHash({ eu: 5, us: 3, za: 2 });
    const after: ByHash = { ...before, among: before.among.filter(({ key }) => key !== 'us') };
    let moved = 0;
    for (const client of networks) {
      const had = keyFor(before, client);
      if (had === 'us') moved += 1;
      else expect(keyFor(after, client)).toBe(had);
    }
    expect(moved).toBeGreaterThan(2700);
  });
});

describe('byNet', () => {
  const choice: ByNet = {
    kind: 'byNet',
    choices: [
      eu,
      us,
      za,
      {
        kind: 'byHash',
        ipv4Bits: 24,
        ipv6Bits: 56,
        among: [
          { key: 'eu', weight: 1, choice: eu },
          { key: 'us', weight: 1, choice: us },
        ],
      },
    ],
    nets: [
      { prefix: '10.0.0.0/8', choice: 0 },
      { prefix: '10.1.0.0/16', choice: 1 },
      { prefix: '10.1.2.0/24', choice: 2 },
      { prefix: '10.1.2.0/28', choice: 0 },
      { prefix: '172.16.0.0/12', choice: 3 },
      { prefix: '2001:db8::/32', choice: 0 },
      { prefix: '2001:db8:1::/48', choice: 1 },
    ],
    otherwise: 2,
  };
  it.each([
    ['an outer network', '10.200.0.1', '10.1.0.1 /9'],
    ['an outer network, near an inner one', '10.0.255.1', '10.1.0.1 /16'],
    ['a network in it', '10.1.99.1', '10.2.0.1 /18'],
    ['a third in that', '10.1.2.200', '10.3.0.1 /25'],
    ['the innermost, which starts where others do', '10.1.2.3', '10.1.0.1 /28'],
    ['none', '192.0.2.1', '10.3.0.1 /2'],
    ['none, near one', '11.0.0.0', '10.3.0.1 /8'],
    ['an IPv6 network', '2001:db8:8000::1', '10.1.0.1 /33'],
    ['an IPv6 network in it', '2001:db8:1:2::1', '10.2.0.1 /48'],
    ['no IPv6 network', '2001:db9::1', '10.3.0.1 /32'],
    ['a prefix that holds inner networks goes by the one around it', '10.1.0.0/20', '10.2.0.1 /20'],
    ['a prefix with an inner network at its start too', '10.1.2.0/26', '10.3.0.1 /26'],
    ['a prefix around all of them', '10.0.0.0/7', '10.3.0.1 /7'],
    ['a choice within', '172.16.5.1', '10.1.0.1 /24'],
  ])('a client in %s', (_, client, expected) => {
    expect(answer(choice, client)).toBe(expected);
  });

  it('a network that answers what is around it makes no scope narrower', () => {
    const same: ByNet = { ...choice, nets: [...choice.nets, { prefix: '10.200.0.0/24', choice: 0 }] };
    expect(answer(same, '10.200.0.1')).toBe('10.1.0.1 /9');
  });

  it('depends on no client of a family that no network is of', () => {
    const onlyIpv4: ByNet = { ...choice, nets: choice.nets.slice(0, 4) };
    expect(answer(onlyIpv4, '2001:db8::1')).toBe('10.3.0.1 /0');
  });

  it('what is no prefix is left out', () => {
    const odd: ByNet = { ...choice, nets: [{ prefix: 'nonsense', choice: 0 }, ...choice.nets] };
    expect(answer(odd, '10.1.2.3')).toBe('10.1.0.1 /28');
  });

  it('finds the longest network, as a search through all does, and a scope in which all answer alike', () => {
    // Few bits differ, so that networks meet.
    const octet = fc.constantFrom(0, 1, 2, 3, 128, 255);
    const address = fc.tuple(octet, octet).map(([a, b]) => `10.0.${a}.${b}`);
    const net = fc.record({ address, bits: fc.integer({ min: 14, max: 32 }), choice: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(net, { maxLength: 12 }), address, address, (nets, client, neighbour) => {
        const distinct = new Map(
          nets.map(({ address: text, bits, choice: index }) => [canonical(text, bits), index]),
        );
        const random: ByNet = {
          kind: 'byNet',
          choices: [eu, us, za],
          nets: [...distinct].map(([prefix, index]) => ({ prefix, choice: index })),
          otherwise: 0,
        };
        const slow = (text: string) => {
          const inside = random.nets.filter(({ prefix }) => contains(prefix, text));
          const longest = inside.toSorted((a, b) => bitsOf(b.prefix) - bitsOf(a.prefix))[0];
          return random.choices[longest?.choice ?? 0];
        };
        const chosen = choose(random, client, undefined, 0);
        expect(chosen?.addresses).toEqual((slow(client) as Leaf).addresses);
        if (contains(`${client}/${chosen?.scopeBits}`, neighbour)) expect(slow(neighbour)).toBe(slow(client));
      }),
      { numRuns: propertyRuns(1000) },
    );
  });
});

const bitsOf = (prefix: string) => parsePrefix(prefix)?.bits ?? 0;

function contains(prefix: string, address: string): boolean {
  const parsed = parsePrefix(prefix);
  const bytes = addressToBytes(address);
  return parsed !== undefined && bytes !== undefined && isWithin(parsed, 4, bytes);
}

function canonical(address: string, bits: number): string {
  const value = [...(addressToBytes(address) ?? [])].reduce((sum, octet) => sum * 256 + octet, 0);
  const kept = Math.floor(value / 2 ** (32 - bits)) * 2 ** (32 - bits);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(kept / 2 ** shift) % 256).join('.')}/${bits}`;
}

it('says so when the client is none', () => {
  expect(answer(eu, 'nobody')).toBe('no client');
});

it('has no addresses for a choice without any', () => {
  expect(
    choose({ kind: 'byNet', choices: [leaf()], nets: [], otherwise: 0 }, '10.0.0.1', undefined, 0),
  ).toEqual({
    addresses: [],
    scopeBits: 0,
  });
});
