import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Choice } from '#sidecar/model/answers.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { byPlace, choices, nameWith, state, zone } from './state.fixture.ts';

const owner = { geoTag: 'eu', uid: 'c1' };
const file = async (of = state) =>
  (
    await encode(
      owner,
      of,
      () => 0,
      async () => undefined,
    )
  ).bytes;
/** A file of these lines, with the right checksum: as someone would write it who knows how. */
const forged = (...lines: readonly unknown[]) => {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return Buffer.from(`${text}${JSON.stringify({ end: { sha256 } })}\n`);
};
const head = { format: 'gslb-sidecar state', version: 1, ...owner };

describe('a state that is written and read', () => {
  it('is the same', async () => {
    expect(decode(await file())).toEqual({ owner, state, leftOut: 0 });
  });

  it('knows no places: those who have one are answered like others', async () => {
    const net = { kind: 'byNet', choices: [byPlace], nets: [], otherwise: 0 } as const;
    const kept = decode(
      await file({ ...state, names: [nameWith(byPlace), nameWith(net)], hosts: new Map() }),
    );
    const otherwise = byPlace.choices[1];
    expect(kept).toMatchObject({
      state: { names: [{ a: otherwise }, { a: { ...net, choices: [otherwise] } }] },
    });
  });

  it('forgets for how long a peer was waited for, and hosts of which nothing is left', async () => {
    const hosts = new Map([['h', { unheardSinceMs: 5 }]]);
    expect(decode(await file({ ...state, hosts }))).toMatchObject({ state: { hosts: new Map() } });
  });

  it('is the same octets when it is the same state', async () => {
    expect(await file()).toEqual(await file(structuredClone(state)));
  });

  it('is written without holding other work up', async () => {
    let ms = 0;
    let breaths = 0;
    const names = Array.from({ length: 2_000 }, (_, k) =>
      nameWith(choices[0] as Choice, `h${k}.example.com`),
    );
    const breathe = async () => {
      breaths += 1;
    };
    const { bytes } = await encode(owner, { ...state, names }, () => (ms += 2), breathe);
    expect(breaths).toBeGreaterThan(10);
    const decoded = decode(bytes);
    expect('state' in decoded && decoded.state.names.length).toBe(names.length);
  });
});

describe('a file that is not such a state', () => {
  it('is refused when any octet of it is another, or its end is missing', async () => {
    const whole = await file();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, by, cut) => {
        const broken = cut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!cut) broken[at] = (broken[at] ?? 0) ^ by;
        expect(decode(broken)).toHaveProperty('refused');
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.json(), { maxLength: 5 }),
        (octets, lines) => {
          expect(decode(Buffer.from(octets))).toHaveProperty('refused');
          const leftOut = decode(forged(head, ...lines.map((line) => JSON.parse(line) as unknown)));
          expect(leftOut).toMatchObject({ leftOut: lines.length, state: { zones: [], names: [] } });
        },
      ),
    );
  });

  it.each([
    ['of another version', [{ ...head, version: 2 }], 'its version is 2, and this program reads 1'],
    ['of another program', [{ ...head, format: 'x' }], 'it is no state of a gslb-sidecar'],
    ['without an owner', [{ ...head, uid: 5 }], 'its head is incomplete'],
    ['of nothing', [], 'it is no state of a gslb-sidecar'],
  ])('is refused: %s', (_, lines, refused) => {
    expect(decode(forged(...lines))).toEqual({ refused });
  });

  const leaf = { kind: 'fixed', addresses: ['192.0.2.1'] };
  const part = { weight: 1, choice: leaf };
  const name = nameWith(choices[0] as Choice);
  it.each<[string, unknown]>([
    ['a name that is none', { name: { ...name, name: 'a..b' } }],
    ['upper case', { name: { ...name, name: 'A.example.com' } }],
    ['a TTL below 0', { name: { ...name, ttlSeconds: -1 } }],
    ['a TTL that is not whole', { name: { ...name, ttlSeconds: 0.5 } }],
    ['no addresses', { name: { ...name, a: { kind: 'fixed' } } }],
    ['an address that is none', { name: { ...name, a: { kind: 'fixed', addresses: ['192.0.2'] } } }],
    ['an address of the other family', { name: { ...name, aaaa: leaf } }],
    ['an unknown choice', { name: { ...name, a: { ...leaf, kind: 'best' } } }],
    ['a choice by place', { name: { ...name, a: byPlace } }],
    ['no weight', { name: { ...name, a: { kind: 'weighted', among: [{ choice: leaf }] } } }],
    ['a weight of 0', { name: { ...name, a: { kind: 'weighted', among: [{ ...part, weight: 0 }] } } }],
    ['nothing to draw from', { name: { ...name, a: { kind: 'weighted', among: [] } } }],
    [
      'a choice within a choice',
      {
        name: {
          ...name,
          a: {
            kind: 'weighted',
            among: [
              { ...part, choice: name.a },
              { ...part, choice: { kind: 'weighted', among: [part] } },
            ],
          },
        },
      },
    ],
    ['too many bits', { name: { ...name, a: { ...choices[3], ipv4Bits: 33 } } }],
    ['an index beyond the end', { name: { ...name, a: { ...choices[4], otherwise: 3 } } }],
    [
      'a network that is none',
      { name: { ...name, a: { ...choices[4], nets: [{ prefix: 'x', choice: 0 }] } } },
    ],
    ['a zone without name servers', { zone: { ...zone, nameServers: [] } }],
    ['a serial beyond 32 bits', { zone: { ...zone, serial: 2 ** 32 } }],
    [
      'an epoch that beats all others for ever',
      { host: 'h', remembered: { active: { geoTag: 'eu', epoch: 2 ** 53, sinceMs: 0, reason: '' } } },
    ],
    ['last good addresses that are none', { host: 'h', remembered: { lastGood: ['x'] } }],
    [
      'a probe that says something else',
      { target: 't', word: { state: 'unknown', row: 0, answered: false } },
    ],
    ['a hold for no reason', { hold: { reason: 'X', sinceMs: 0, untilMs: 1 } }],
    ['an object of another kind', { object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } } }],
    [
      'an object that no API server would take',
      { object: { ...state.held?.zones[0], spec: { loadBalancedZone: 5 } } },
    ],
    ['an object without a name', { object: { ...state.held?.zones[0], metadata: {} } }],
    ['a time that is none', { host: 'h', remembered: { readyAgainMs: 'x' } }],
  ])('has a record left out that holds %s', (_, record) => {
    expect(decode(forged(head, record, { zone }))).toMatchObject({
      leftOut: 1,
      state: { zones: [zone], names: [], hosts: new Map() },
    });
  });
});
