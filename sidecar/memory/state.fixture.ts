import type { Choice, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { State } from './state.ts';

const rotate = (...addresses: string[]) => ({ kind: 'rotate', addresses }) as const;
const nothing = { kind: 'fixed', addresses: [] } as const;

export const zone: ZoneAnswers = {
  name: 'cloud.example.com',
  nameServers: ['gslb-ns-eu-cloud.example.com'],
  nsTtlSeconds: 30,
  negativeTtlSeconds: 10,
  serial: 1_795_282_753,
};

export const nameWith = (a: Choice, name = 'app.cloud.example.com'): NameAnswers => ({
  name,
  zone: zone.name,
  a,
  aaaa: nothing,
  ttlSeconds: 300,
  negativeTtlSeconds: 10,
});

const weighted = {
  kind: 'weighted',
  among: [
    { weight: 3, choice: rotate('192.0.2.1') },
    { weight: 1, choice: rotate('198.51.100.1') },
  ],
} as const;
const byHash = {
  kind: 'byHash',
  ipv4Bits: 24,
  ipv6Bits: 56,
  among: [{ key: 'eu', weight: 1, choice: rotate('192.0.2.1') }],
} as const;
export const byPlace = {
  kind: 'byPlace',
  revision: 7,
  choices: [rotate('192.0.2.1'), weighted],
  choiceOfPlace: [0, 0, 1],
  otherwise: 1,
} as const;

/** One of each kind of choice that is kept. */
export const choices: readonly Choice[] = [
  rotate('192.0.2.1', '192.0.2.2'),
  nothing,
  weighted,
  byHash,
  {
    kind: 'byNet',
    choices: [weighted, byHash, nothing],
    nets: [{ prefix: '203.0.113.0/24', choice: 1 }],
    otherwise: 0,
  },
];

export const state: State = {
  zones: [zone],
  names: choices.map((choice, k) => nameWith(choice, `h${k}.cloud.example.com`)),
  hosts: new Map([
    [
      'h0.cloud.example.com',
      {
        active: { geoTag: 'us', epoch: 4, sinceMs: 1_000, reason: 'eu: no ready endpoint' },
        lastGood: ['192.0.2.1', '192.0.2.2'],
        readyAgainMs: 2_000,
        releasedHoldMs: 3_000,
      },
    ],
  ]),
  probes: new Map([
    ['tcp:80 192.0.2.1', { state: 'up', row: 0, why: undefined, answered: false }],
    ['tcp:80 192.0.2.2', { state: 'down', row: 0, why: 'no answer', answered: false }],
  ]),
  held: {
    hold: { reason: 'MassDelete', sinceMs: 1_000, untilMs: 601_000 },
    gslbs: (['k8gb.io', 'k8gb.absa.oss'] as const).map((group) => ({
      group,
      object: {
        apiVersion: `${group}/v1beta1`,
        kind: 'Gslb',
        metadata: { name: 'app', namespace: 'web', uid: 'u1', annotations: { 'k8gb.io/hostname': 'x' } },
        spec: {
          ...(group === 'k8gb.io' ? { serviceHealthPolicy: 'Any' as const } : {}),
          strategy: { type: 'roundRobin', dnsTtlSeconds: 30, splitBrainThresholdSeconds: 300 },
        },
        status: { geoTag: 'eu', serviceHealth: {}, healthyRecords: {} },
      },
    })),
    zones: [
      {
        apiVersion: 'k8gb.io/v1beta1',
        kind: 'ZoneDelegation',
        metadata: { name: 'cloud' },
        spec: {
          loadBalancedZone: 'cloud.example.com',
          parentZone: 'example.com',
          dnsZoneNegTTL: 5,
          doFinalize: false,
        },
      },
    ],
  },
};
