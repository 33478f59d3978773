import type { Choice, Leaf } from '#sidecar/model/answers.ts';
import type { ClusterNotes, HostView, ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { Override } from '#sidecar/model/override.ts';
import type { PeerState, PeerView } from '#sidecar/model/peer-view.ts';
import type { Place, PlaceDatabase } from '#sidecar/model/place.ts';
import type { HostPolicy } from '#sidecar/model/policy.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import type { Strategy, WhenAllDown } from '#sidecar/model/strategy.ts';
import { adopt } from './adopt.ts';
import type { Decided } from './decide-host.ts';
import type { HostInput } from './host-input.ts';

// The notation of the table of decisions. A world is a list of parts, divided by ` | `:
//
//   roundRobin [eu=3 us=1] · failover PRIMARY · geoip          the strategy, first
//   eu e1 e2 [unhealthy missing held remote suspect -e3]       this cluster; `-e3`: kept back; without it: no Gslb here
//   us u1 [silent refusing unknown remote record ...]          a peer; `record`: it speaks more than localtargets-,
//                                                              `active=us#4` its record, `primary=us` its strategy,
//                                                              `age=5` its Gslb's time of creation
//   drain us by policy|object|itself [from 900] [until 1200] [glass]
//   policy order=za,us failback=manual|600 nets=PREFIX:us,… fence=PREFIX:us,… affinity limit=2
//          allDown=lastGood|all|f1 minOn=2 wait=60
//   places [us=JP …]                                           a database is loaded; [what GslbClusters say]
//   was us#3 · lastGood u1 · ready 500 · unheard 995 · released · now 1000 · probing 7
//
// Addresses are e (eu), u (us), z (za), f (nobody's) with a number; capital letters are IPv6. Times are seconds; it is
// 1000. Held clusters are held until 1300. Clients are in DE, FR, US, CA, ZA, JP or (with a label) dc1.

const name = 'app.cloud.example.com';
const zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 10 };

/** The world that a text describes, as the input of the decision at cluster eu. */
export function worldOf(text: string): HostInput {
  const [first = '', ...parts] = text.split(' | ').map((part) => part.trim());
  const heads = new Map(parts.map((part) => [part.split(' ')[0], part.split(' ').slice(1)]));
  const nowMs = 1000 * Number(heads.get('now')?.[0] ?? 1000);
  const drains = parts.filter((part) => part.startsWith('drain ')).map(drainOf);
  const strategy = strategyOf(first);
  const policy = policyOf(heads.get('policy'), drains);
  const peers = ['us', 'za'].flatMap((geoTag) => {
    const words = heads.get(geoTag);
    return words === undefined ? [] : [peerOf(geoTag, words, strategy, drains, policy)];
  });
  const own = heads.get('eu');
  const adopted = own === undefined ? adopt(name, peers) : undefined;
  const host: HostView = adopted ?? {
    ...hostOf(own ?? ['missing'], strategy),
    ...(policy === undefined ? {} : { policy }),
    ...(heads.has('probing') ? { mayChangeInSeconds: Number(heads.get('probing')?.[0]) } : {}),
  };
  return {
    host,
    ...(adopted === undefined ? {} : { adopted: true }),
    zone,
    geoTag: 'eu',
    peers,
    clusters: clustersOf(drains, heads.get('places') ?? []),
    places: heads.has('places') ? database : undefined,
    before: rememberedOf(heads),
    nowMs,
  };
}

/** A decision as the table writes it: `A; aaaa …; own …; active …; remark …; again …; ttl …; tags …`. */
export function written({ decision }: Decided): Readonly<Record<string, string>> {
  const [answer, own] = decision.answers;
  return {
    a: answer === undefined ? 'none' : choiceText(answer.a),
    aaaa: answer === undefined ? 'none' : choiceText(answer.aaaa),
    own: own === undefined ? 'none' : choiceText(own.a),
    active: decision.active === undefined ? '' : `${decision.active.geoTag}#${decision.active.epoch}`,
    because: decision.active?.reason ?? '',
    remark: decision.remarks.map(({ reason }) => reason).join(' '),
    again: decision.reconsiderAtMs === undefined ? '' : String(decision.reconsiderAtMs / 1000),
    ttl: `${answer?.ttlSeconds}/${answer?.negativeTtlSeconds}`,
    tags: decision.answeringGeoTags.join(' '),
    records: decision.healthyRecords.map(short).join(' '),
  };
}

/** `e1 u1`: in turn; `(e1 u1)`: in this order; `e1 ×3 / u1 ×1`: one of them by weight, or by network. */
export function choiceText(choice: Choice): string {
  switch (choice.kind) {
    case 'fixed':
    case 'rotate':
      return leafText(choice);
    case 'weighted':
      return choice.among.map(({ weight, choice: leaf }) => `${leafText(leaf)} ×${weight}`).join(' / ');
    case 'byHash': {
      const among = choice.among.map(
        ({ key, weight, choice: leaf }) => `${key} ${leafText(leaf)} ×${weight}`,
      );
      return `by network ${among.join(' / ')}`;
    }
    case 'byPlace': {
      const named = choice.choices.flatMap((one, index) => {
        if (index === choice.otherwise) return [];
        const names = placeNames.filter((_, place) => choice.choiceOfPlace[place] === index);
        return [`${names.join(',')}: ${choiceText(one)}`];
      });
      return [...named, `else ${choiceText(choice.choices[choice.otherwise] as Choice)}`].join(', ');
    }
    case 'byNet': {
      const nets = choice.nets.map(
        ({ prefix, choice: index }) => `${prefix}: ${choiceText(choice.choices[index] as Choice)}`,
      );
      return [...nets, `else ${choiceText(choice.choices[choice.otherwise] as Choice)}`].join(', ');
    }
  }
}

function leafText({ kind, addresses }: Leaf): string {
  const text = addresses.map(short).join(' ') || '-';
  return kind === 'fixed' && addresses.length > 1 ? `(${text})` : text;
}

const prefixes: Readonly<Record<string, string>> = {
  e: '192.0.2.',
  u: '198.51.100.',
  z: '203.0.113.',
  f: '192.88.99.',
  E: '2001:db8:a::',
  U: '2001:db8:b::',
  Z: '2001:db8:c::',
};
const long = (text: string): string => `${prefixes[text[0] ?? '']}${text.slice(1)}`;
const short = (address: string): string => {
  const [letter, prefix] = Object.entries(prefixes).find(([, start]) => address.startsWith(start)) ?? [
    '?',
    '',
  ];
  return `${letter}${address.slice(prefix.length)}`;
};
const isAddress = (word: string): boolean => /^[euzfEUZ]\d$/.test(word);
const addressesOf = (words: readonly string[]): string[] => words.filter(isAddress).map(long).sort();

function strategyOf(text: string): Strategy {
  const [type, ...words] = text.split(' ');
  if (type === 'failover') return { type, primaryGeoTag: words[0] ?? '' };
  if (type === 'geoip') return { type };
  if (words.length === 0) return { type: 'roundRobin' };
  const weights = Object.fromEntries(
    words.map((word) => word.split('=')).map(([tag, share]) => [tag, Number(share)]),
  );
  return { type: 'roundRobin', weights };
}

function hostOf(words: readonly string[], strategy: Strategy): HostView {
  const health: ServiceHealth = words.includes('unhealthy')
    ? 'Unhealthy'
    : words.includes('missing')
      ? 'NotFound'
      : 'Healthy';
  const withheld = words
    .filter((word) => word.startsWith('-'))
    .map((word) => ({ address: long(word.slice(1)), why: 'probe failed' }));
  return {
    host: name,
    zone: zone.name,
    gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
    strategy,
    ttlSeconds: 30,
    health,
    addresses: addressesOf(words),
    services: [],
    ...(words.includes('held') ? { heldUntilMs: heldUntilMs } : {}),
    ...(words.includes('remote') ? { remoteOnly: true } : {}),
    ...(words.includes('suspect') ? { probesSuspect: true } : {}),
    ...(withheld.length > 0 ? { withheld } : {}),
  };
}

const heldUntilMs = 1_300_000;

function peerOf(
  geoTag: string,
  words: readonly string[],
  strategy: Strategy,
  drains: readonly Drain[],
  policy: HostPolicy | undefined,
): PeerView {
  const state = words.find((word) => ['silent', 'refusing', 'unknown'].includes(word)) ?? 'answering';
  const addresses = addressesOf(words);
  const value = (key: string) => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const active = value('active');
  const primary = value('primary');
  const said = words.includes('record') || words.includes('remote') || active !== undefined;
  const override = drains.find((drain) => drain.geoTag === geoTag && drain.by === 'itself')?.override;
  const record = {
    namespace: 'web',
    name: 'app',
    zone: zone.name,
    createdAtMs: Number(value('age') ?? 0),
    strategy: primary === undefined ? strategy : ({ type: 'failover', primaryGeoTag: primary } as const),
    ttlSeconds: 30,
    ...(policy === undefined ? {} : { policy }),
    ...(active === undefined ? {} : { active: recordOf(active) }),
    ...(words.includes('remote') ? { remoteOnly: true as const } : {}),
  };
  return {
    geoTag,
    state: state as PeerState,
    hosts: new Map(addresses.length === 0 ? [] : [[name, addresses]]),
    ...(said ? { records: new Map([[name, record]]) } : {}),
    ...(override === undefined ? {} : { override }),
  };
}

interface Drain {
  readonly geoTag: string;
  readonly by: string;
  readonly override: Override;
}

function drainOf(part: string): Drain {
  const words = part.split(' ');
  const [, geoTag = '', , by = ''] = words;
  const time = (word: string) =>
    words.includes(word) ? 1000 * Number(words[words.indexOf(word) + 1]) : undefined;
  const override: Override = {
    state: 'drained',
    sinceMs: time('from') ?? 0,
    untilMs: time('until') ?? Number.POSITIVE_INFINITY,
    reason: '',
    breakGlass: words.includes('glass'),
    origin: by,
  };
  return { geoTag, by, override };
}

function policyOf(words: readonly string[] | undefined, drains: readonly Drain[]): HostPolicy | undefined {
  const own = drains.filter(({ by }) => by === 'policy');
  if (words === undefined && own.length === 0) return undefined;
  const value = (key: string) => words?.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const nets = (key: string) =>
    (value(key)?.split(',') ?? []).map((text) => ({
      prefix: text.slice(0, text.lastIndexOf(':')),
      geoTag: text.slice(text.lastIndexOf(':') + 1),
    }));
  const failback = value('failback') ?? 'auto';
  const limit = value('limit');
  return {
    reference: { namespace: 'web', name: 'policy' },
    order: value('order')?.split(',') ?? [],
    failback:
      failback === 'auto' || failback === 'manual'
        ? { mode: failback }
        : { mode: 'after', seconds: Number(failback) },
    nets: nets('nets'),
    fence: nets('fence'),
    ...(words?.includes('affinity') === true ? { affinity: { ipv4Bits: 24, ipv6Bits: 56 } } : {}),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    whenAllDown: whenAllDownOf(value('allDown') ?? 'noData'),
    overrides: new Map(own.map(({ geoTag, override }) => [geoTag, override])),
    minClustersOn: Number(value('minOn') ?? 0),
    waitSeconds: Number(value('wait') ?? 0),
  };
}

function whenAllDownOf(text: string): WhenAllDown {
  if (text === 'noData' || text === 'lastGood' || text === 'all') return { mode: text };
  return { mode: 'fallback', addresses: text.split(',').map(long) };
}

function clustersOf(drains: readonly Drain[], said: readonly string[]): ReadonlyMap<string, ClusterNotes> {
  const places = new Map(said.map((word) => word.split('=') as [string, string]));
  const objects = drains.filter(({ by }) => by === 'object');
  const tags = new Set([...places.keys(), ...objects.map(({ geoTag }) => geoTag)]);
  return new Map(
    [...tags].map((geoTag): [string, ClusterNotes] => {
      const override = objects.find((drain) => drain.geoTag === geoTag)?.override;
      const place = places.get(geoTag);
      return [
        geoTag,
        {
          ...(override === undefined ? {} : { override }),
          ...(place === undefined ? {} : { place: clientPlaces[placeNames.indexOf(place)] as Place }),
        },
      ];
    }),
  );
}

function rememberedOf(heads: ReadonlyMap<string | undefined, readonly string[]>): Remembered {
  const [was] = heads.get('was') ?? [];
  const [ready] = heads.get('ready') ?? [];
  const [unheard] = heads.get('unheard') ?? [];
  return {
    ...(was === undefined ? {} : { active: recordOf(was) }),
    ...(heads.has('lastGood') ? { lastGood: addressesOf(heads.get('lastGood') ?? []) } : {}),
    ...(ready === undefined ? {} : { readyAgainMs: 1000 * Number(ready) }),
    ...(unheard === undefined ? {} : { unheardSinceMs: 1000 * Number(unheard) }),
    ...(heads.has('released') ? { releasedHoldMs: heldUntilMs } : {}),
  };
}

function recordOf(text: string) {
  const [geoTag = '', epoch] = text.split('#');
  return { geoTag, epoch: Number(epoch), sinceMs: 0, reason: 'as before' };
}

const placeNames = ['DE', 'FR', 'US', 'CA', 'ZA', 'JP', 'dc1'];
const clientPlaces: readonly Place[] = [
  { country: 'DE', continent: 'EU' },
  { country: 'FR', continent: 'EU' },
  { country: 'US', continent: 'NA' },
  { country: 'CA', continent: 'NA' },
  { country: 'ZA', continent: 'AF' },
  { country: 'JP', continent: 'AS' },
  { country: 'US', continent: 'NA', label: 'dc1' },
];

/** Has eu's addresses in Germany, us's in the United States, za's in South Africa, and clients by 10.N.0.0. */
const database: PlaceDatabase = {
  revision: 7,
  places: clientPlaces,
  placeOf: (address) => {
    const at = placeNames.indexOf(
      { e: 'DE', u: 'US', z: 'ZA' }[short(address)[0]?.toLowerCase() ?? ''] ?? '',
    );
    if (at >= 0) return at;
    const second = Number(/^10\.(\d+)\./.exec(address)?.[1] ?? -1);
    return second >= 0 && second < clientPlaces.length ? second : undefined;
  },
};
