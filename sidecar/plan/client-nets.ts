import { addressToBytes } from '#core/wire/address.ts';
import { isWithin, type Prefix, parsePrefix } from '#core/wire/prefix.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostPolicy } from '#sidecar/model/policy.ts';

/** The prefixes that divide the clients of a host. */
export interface ClientNets {
  /** Shorter ones first. */
  readonly classes: readonly NetClass[];
  /** Those that contain the address; empty when it is none. */
  readonly around: (address: string) => ReadonlySet<string>;
}

/** The clients of one prefix that are in no longer one. */
interface NetClass {
  readonly prefix: string;
  /** The prefix and all that contain it. */
  readonly within: ReadonlySet<string>;
  /** The longest other one that contains it. */
  readonly parent?: string;
}

/** Of the fence, and with geoip of the policy's networks. The same object for the same policy. */
export function clientNets({ policy, strategy }: HostView): ClientNets {
  if (policy === undefined) return none;
  const geoip = strategy.type === 'geoip';
  const found = (geoip ? geoipNets : fenceNets).get(policy);
  if (found !== undefined) return found;
  const nets = read([...policy.fence, ...(geoip ? policy.nets : [])].map(({ prefix }) => prefix));
  (geoip ? geoipNets : fenceNets).set(policy, nets);
  return nets;
}

// Many hosts share a policy, and a policy may have many networks.
const geoipNets = new WeakMap<HostPolicy, ClientNets>();
const fenceNets = new WeakMap<HostPolicy, ClientNets>();

const none: ClientNets = { classes: [], around: () => new Set() };

function read(texts: readonly string[]): ClientNets {
  const prefixes = [...new Set(texts)]
    .flatMap((text) => {
      const prefix = parsePrefix(text);
      return prefix === undefined ? [] : [{ text, ...prefix }];
    })
    .sort((a, b) => a.bits - b.bits || (a.text < b.text ? -1 : 1));
  if (prefixes.length === 0) return none;
  const classes = prefixes.map((prefix): NetClass => {
    const outer = prefixes.filter((other) => other.bits < prefix.bits && contains(other, prefix));
    const parent = outer.at(-1)?.text;
    const within = new Set([...outer.map(({ text }) => text), prefix.text]);
    return { prefix: prefix.text, within, ...(parent === undefined ? {} : { parent }) };
  });
  const around = (address: string) => {
    const bytes = addressToBytes(address);
    if (bytes === undefined) return new Set<string>();
    const family = bytes.length === 4 ? 4 : 6;
    return new Set(prefixes.filter((prefix) => isWithin(prefix, family, bytes)).map(({ text }) => text));
  };
  return { classes, around };
}

const contains = (outer: Prefix, inner: Prefix): boolean => isWithin(outer, inner.family, inner.bytes);
