import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { AnswersPatch, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { BindZone } from '#test/support/bind.ts';
import type { Random } from './random.ts';

/** The same zones for our server and for BIND. */
export interface World {
  readonly patch: AnswersPatch & { readonly zones: readonly ZoneAnswers[] };
  readonly bindZones: readonly BindZone[];
  /** Every name that exists by itself. */
  readonly names: readonly [string, ...string[]];
}

const zone = (name: string, nameServers: readonly string[], negativeTtlSeconds: number): ZoneAnswers => ({
  name,
  nameServers,
  nsTtlSeconds: 300,
  negativeTtlSeconds,
  serial: 2_026_112_101,
});

/** A zone, one below it, and one of a single label. Their name servers lie outside, as those of the fleet do. */
const zones = [
  zone('cloud.example.com', ['gslb-ns-eu-cloud.example.com', 'gslb-ns-us-cloud.example.com'], 20),
  zone('eu.cloud.example.com', ['gslb-ns-eu-cloud.example.com'], 7),
  zone('test', ['ns.other.net', 'ns2.other.net'], 30),
] as const;

/** Labels of owners and of questions: few, so that questions hit names, their children and their siblings. */
export const labels = ['a', 'b', 'app', '*', 'x-1', '_tcp', 'eu1', `l${'o'.repeat(61)}g`] as const;

/** A label that nobody asks for. */
const hidden = 'hold-zz';

/** About `count` names, with wildcards at every place, names without an address, and some with very many. */
export function makeWorld(random: Random, count: number): World {
  const answers = new Map<string, NameAnswers>();
  for (let k = 0; k < count; k += 1) {
    const { name: apex } = random.pick(zones);
    const path = Array.from({ length: 1 + random.below(4) }, () => random.pick(labels));
    const name = [...path, apex].join('.');
    if (name.length > 240) continue;
    const many = random.oneIn(20) ? 30 + random.below(60) : random.below(5);
    answers.set(name, {
      name,
      zone: apex,
      a: { kind: 'fixed', addresses: Array.from({ length: many }, (_, n) => `10.${k >> 8}.${k & 255}.${n}`) },
      aaaa: {
        kind: 'fixed',
        addresses: Array.from({ length: random.below(4) }, (_, n) => `fd00::${k.toString(16)}:${n}`),
      },
      ttlSeconds: 1 + random.below(100),
      negativeTtlSeconds: zones.find((one) => one.name === apex)?.negativeTtlSeconds ?? 0,
    });
  }
  const names = [...answers.values()];
  return {
    patch: { zones, names, removed: [] },
    bindZones: zones.map((one) => ({ name: one.name, text: zoneFile(one, names) })),
    names: [zones[0].name, zones[1].name, zones[2].name, ...answers.keys()],
  };
}

function zoneFile(of: ZoneAnswers, names: readonly NameAnswers[]): string {
  const { name, nameServers, nsTtlSeconds, negativeTtlSeconds: ttl, serial } = of;
  const below = zones.filter((one) => one.name.endsWith(`.${name}`));
  return [
    `${name}. ${ttl} SOA ${nameServers[0]}. hostmaster.${name}. ${serial} 3600 600 604800 ${ttl}`,
    ...nameServers.map((server) => `${name}. ${nsTtlSeconds} NS ${server}.`),
    ...below.map((one) => `${one.name}. ${one.nsTtlSeconds} NS ${one.nameServers[0]}.`),
    ...names.filter((one) => one.zone === name).flatMap(recordLines),
    '',
  ].join('\n');
}

function recordLines({ name, ttlSeconds, a, aaaa }: NameAnswers): readonly string[] {
  const lines = [
    ...addressesOf(a).map((address) => `${name}. ${ttlSeconds} A ${address}`),
    ...addressesOf(aaaa).map((address) => `${name}. ${ttlSeconds} AAAA ${address}`),
  ];
  // A zone file has no name without records: what stands below makes it exist.
  return lines.length > 0 ? lines : [`${hidden}.${name}. 60 TXT hidden`];
}
