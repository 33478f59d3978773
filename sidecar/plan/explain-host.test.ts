import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressToBytes } from '#core/wire/address.ts';
import { isWithin, parsePrefix } from '#core/wire/prefix.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import type { PlaceDatabase } from '#sidecar/model/place.ts';
import { decideHost } from './decide-host.ts';
import { explainHost } from './explain-host.ts';
import { choiceText, worldOf } from './world.fixture.ts';

describe('the explanation of an answer', () => {
  /** Each step that has something to say: `filter -cluster why (note)`. */
  const told = (world: string, client?: string): readonly string[] =>
    explainHost(worldOf(world), client).steps.flatMap(({ filter, removed, note }) => {
      const clusters = removed.map(({ geoTag, why }) => ` -${geoTag} ${why}`);
      if (clusters.length === 0 && note === undefined) return [];
      return [`${filter}${clusters.join(',')}${note === undefined ? '' : ` (${note})`}`];
    });

  it.each([
    ['failover eu | eu e1 | us u1 | za z1 silent', ['alive -za silent', 'strategy -us eu ranks first']],
    ['roundRobin | eu e1 -e2 | us u1', ['alive (192.0.2.2 is kept back: probe failed)']],
    [
      'roundRobin | eu -e1 | us u1',
      ['alive -eu every address is kept back (192.0.2.1 is kept back: probe failed)'],
    ],
    ['roundRobin | eu e1 held | us u1', ['alive -eu held until 1970-01-01T00:21:40Z: it has only come up']],
    [
      'roundRobin | eu e1 held | us',
      [
        'alive -us gives no address, its own Gslb says why (the hold is passed over: no other cluster is alive)',
      ],
    ],
    [
      'roundRobin | eu e1 suspect',
      ['alive (every probe fails while Services have ready endpoints: the probes are doubted)'],
    ],
    [
      'roundRobin | eu e1 | us u1 | drain us by object until 1200',
      ['drained -us drained by object until 1970-01-01T00:20:00Z'],
    ],
    [
      'roundRobin | eu e1 | us u1 | drain us by object | drain eu by policy',
      ['drained (all clusters that are alive are drained (eu, us))'],
    ],
    [
      'roundRobin | eu e1 | us u1 | drain us by object | policy minOn=2',
      ['drained (the drain of us (object) would leave 1 of the 2 clusters to keep on)'],
    ],
    [
      'roundRobin | eu e1 | us u1 | za z1 | drain us by object from 900 | drain za by object from 990 | policy wait=200',
      [
        'drained -us drained by object (the drain of za (object) begins at 1970-01-01T00:18:20Z, 200 s after the one before it)',
      ],
    ],
    ['roundRobin | eu e1 remote | us u1', ['remote -eu its endpoints run in a peered cluster']],
    [
      'roundRobin | eu e1 | us u1 | policy fence=10.0.0.0/8:us',
      ['fence -us takes clients of 10.0.0.0/8 only'],
    ],
    [
      'roundRobin | eu e1 unhealthy | us u1 | policy fence=10.0.0.0/8:us',
      [
        'alive -eu no ready endpoint',
        'fence (passed over, since nothing would be left: us takes clients of 10.0.0.0/8 only)',
      ],
    ],
    [
      'failover eu | eu e1 | us u1 | was us#2 | policy failback=manual',
      ['strategy -eu us is active (eu ranks first, but failback is manual)'],
    ],
    ['geoip | eu e1 | us u1 | places', ['strategy (no place is known of the client: all clusters answer)']],
    ['geoip | eu e1 | us u1', ['strategy (no place database is loaded: all clusters answer)']],
    [
      'roundRobin eu=3 us=1 za=0 | eu e1 | us u1 | za z1',
      ['weight -za has weight 0 (each answer is that of one cluster, drawn by weight: eu 3, us 1)'],
    ],
    [
      'roundRobin us=0 | eu | us u1',
      [
        'alive -eu no address of its own',
        'weight (passed over, since nothing would be left: us has weight 0)',
      ],
    ],
    [
      'roundRobin | eu e1 | us u1 | policy affinity',
      ['affinity (each client network (/24, IPv6 /56) gets one of eu, us)'],
    ],
    [
      'roundRobin | eu e1 | us u1 | policy limit=1',
      ['limit (at most 1 addresses of a family in one answer)'],
    ],
    [
      'roundRobin | eu e1 unhealthy',
      ['alive -eu no ready endpoint', 'failOpen (no cluster is left: no address is answered)'],
    ],
  ])('%s', (world, expected) => {
    expect(told(world)).toEqual(expected);
  });

  it('is that of the client that is asked about', () => {
    const near = 'geoip | eu e1 | us u1 | places';
    expect(told(near, '10.2.0.1')).toEqual(['strategy -eu others are nearer, in country US']);
    expect(told(near, '10.3.0.1')).toEqual(['strategy -eu others are nearer, in continent NA']);
    expect(told('geoip | eu e1 | us u1 | places eu=US', '10.2.0.1')).toEqual([
      'strategy (all clusters that are left are in country US, as the client is)',
    ]);
    expect(told(near, '10.4.0.1')).toEqual(['strategy (no cluster is near the client: all answer)']);
    expect(told('geoip | eu e1 | us u1 | policy nets=10.0.0.0/8:us', '10.2.0.1')).toEqual([
      'strategy -eu clients of 10.0.0.0/8 belong to us',
    ]);
  });
});

// Hundreds of worlds, which take their time on a busy machine.
it('gives every client what the table of the decision gives it', { timeout: 60_000 }, () => {
  const second = fc.integer({ min: 0, max: 8 });
  const prefix = fc.oneof(
    fc.constant('10.0.0.0/8'),
    second.map((at) => `10.${at}.0.0/16`),
    second.map((at) => `10.${at}.128.0/17`),
    fc.constant('2001:db8::/32'),
  );
  const nets = fc
    .array(fc.tuple(prefix, fc.constantFrom('eu', 'us', 'za')), { minLength: 1, maxLength: 5 })
    .map((all) => all.map(([net, geoTag]) => `${net}:${geoTag}`).join());
  const world = fc
    .record({
      strategy: fc.constantFrom('geoip', 'roundRobin', 'roundRobin eu=1 us=2', 'failover us'),
      own: fc.constantFrom('e1 e2', 'e1 E1', 'e1 unhealthy'),
      us: fc.constantFrom('u1', 'u1 U1', 'u1 silent'),
      places: fc.constantFrom(' | places', ' | places us=dc1', ''),
      nets,
      fence: nets,
      more: fc.constantFrom('', ' affinity', ' limit=1'),
    })
    .map(
      ({ strategy, own, us, places, nets: listed, fence, more }) =>
        `${strategy} | eu ${own} | us ${us} | za z1${places} | policy nets=${listed} fence=${fence}${more}`,
    );
  const client = fc.oneof(
    fc.tuple(second, fc.nat(255)).map(([at, third]) => `10.${at}.${third}.1`),
    fc.constantFrom('192.168.0.1', '2001:db8::1', '2001:db9::1'),
  );
  fc.assert(
    fc.property(world, client, (text, address) => {
      const input = worldOf(text);
      const [answer] = decideHost(input).decision.answers as readonly [NameAnswers];
      const { a, aaaa } = explainHost(input, address);
      expect(choiceText(lookUp(answer.a, address, input.places))).toBe(choiceText(a));
      expect(choiceText(lookUp(answer.aaaa, address, input.places))).toBe(choiceText(aaaa));
    }),
    { numRuns: 300 },
  );
});

/** Walks the tables by the words of the contract alone. */
function lookUp(choice: Choice, address: string, places: PlaceDatabase | undefined): Choice {
  if (choice.kind === 'byNet') {
    const bytes = addressToBytes(address) ?? new Uint8Array();
    const around = choice.nets
      .map((net) => ({ ...net, parsed: parsePrefix(net.prefix) }))
      .filter(({ parsed }) => parsed !== undefined && isWithin(parsed, bytes.length === 4 ? 4 : 6, bytes))
      .sort((a, b) => (b.parsed?.bits ?? 0) - (a.parsed?.bits ?? 0));
    return lookUp(choice.choices[around[0]?.choice ?? choice.otherwise] as Choice, address, places);
  }
  if (choice.kind !== 'byPlace') return choice;
  const place = places?.placeOf(address);
  const index = place === undefined ? choice.otherwise : choice.choiceOfPlace[place];
  return choice.choices[index as number] as Choice;
}
