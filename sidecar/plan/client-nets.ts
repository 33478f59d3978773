import { addressToBytes } from '#core/wire/address.ts';
import { isWithin, type Prefix, parsePrefix } from '#core/wire/prefix.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostPolicy, Net } from '#sidecar/model/policy.ts';

/** The prefixes that divide the clients of a host. */
export interface ClientNets {
  /** Shorter ones first. */
  readonly nets: readonly ClientNet[];
  /** By kind: prefixes that contain some client of that kind. */
  readonly kinds: readonly ReadonlySet<string>[];
  /** Those that contain the address; empty when it is none. */
  readonly around: (address: string) => ReadonlySet<string>;
}

/** The clients of one prefix that are in no longer one. */
export interface ClientNet {
  readonly prefix: string;
  /** The longest other one that contains it. */
  readonly parent?: string;
  /** The same number as that of other prefixes whose clients fare alike, whatever the state of the clusters. */
  readonly kind: number;
}

/** Of the fence, and with geoip of the policy's networks. The same object for the same policy. */
export function clientNets({ policy, strategy }: HostView): ClientNets {
  if (policy === undefined) return none;
  const geoip = strategy.type === 'geoip';
  const found = (geoip ? geoipNets : fenceNets).get(policy);
  if (found !== undefined) return found;
  const nets = read(policy.fence, geoip ? policy.nets : []);
  (geoip ? geoipNets : fenceNets).set(policy, nets);
  return nets;
}

// Many hosts share a policy, and a policy may have many networks.
const geoipNets = new WeakMap<HostPolicy, ClientNets>();
const fenceNets = new WeakMap<HostPolicy, ClientNets>();

const none: ClientNets = { nets: [], kinds: [], around: () => new Set() };

function read(fence: readonly Net[], nets: readonly Net[]): ClientNets {
  const prefixes = [...new Set([...fence, ...nets].map(({ prefix }) => prefix))]
    .flatMap((text) => {
      const prefix = parsePrefix(text);
      return prefix === undefined ? [] : [{ text, ...prefix }];
    })
    .sort((a, b) => a.bits - b.bits || (a.text < b.text ? -1 : 1));
  if (prefixes.length === 0) return none;
  const kinds: ReadonlySet<string>[] = [];
  const kindOf = new Map<string, number>();
  const list = prefixes.map((prefix): ClientNet => {
    const outer = prefixes.filter((other) => other.bits < prefix.bits && contains(other, prefix));
    const within = new Set([...outer.map(({ text }) => text), prefix.text]);
    const key = JSON.stringify([tags(fence, within), tags(longest(nets, within), within)]);
    const kind = kindOf.get(key) ?? kinds.push(within) - 1;
    kindOf.set(key, kind);
    const parent = outer.at(-1)?.text;
    return { prefix: prefix.text, kind, ...(parent === undefined ? {} : { parent }) };
  });
  const around = (address: string) => {
    const bytes = addressToBytes(address);
    if (bytes === undefined) return new Set<string>();
    const family = bytes.length === 4 ? 4 : 6;
    return new Set(prefixes.filter((prefix) => isWithin(prefix, family, bytes)).map(({ text }) => text));
  };
  return { nets: list, kinds, around };
}

/** Of the networks that contain a client, those that count: of the longest prefix. */
export function longest(nets: readonly Net[], within: ReadonlySet<string>): readonly Net[] {
  const around = nets.filter(({ prefix }) => within.has(prefix));
  const bits = ({ prefix }: Net) => Number(prefix.slice(prefix.indexOf('/') + 1));
  const most = Math.max(...around.map(bits));
  return around.filter((net) => bits(net) === most);
}

const tags = (nets: readonly Net[], within: ReadonlySet<string>): readonly string[] =>
  [...new Set(nets.filter(({ prefix }) => within.has(prefix)).map(({ geoTag }) => geoTag))].sort();

const contains = (outer: Prefix, inner: Prefix): boolean => isWithin(outer, inner.family, inner.bytes);
