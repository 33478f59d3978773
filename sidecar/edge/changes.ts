import { addressToBytes, addressToText } from '#core/wire/address.ts';
import { delegationTtlSeconds } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { nameServerName, ownerName } from './names.ts';

/** A record in presentation form, as it stands in a zone file. Names: lower-case, no trailing dot. */
export interface EdgeRecord {
  readonly name: string;
  readonly type: 'NS' | 'A' | 'AAAA' | 'TXT';
  readonly ttlSeconds: number;
  /** Name server name, address, or text (one string, not quoted). */
  readonly data: string;
}

/** One step of an update (RFC 2136 §2.5). */
export type Change =
  | { readonly kind: 'add'; readonly record: EdgeRecord }
  /** Of a name that is ours alone; never of the delegated zone. */
  | { readonly kind: 'delete-rrset'; readonly name: string; readonly type: 'A' | 'AAAA' | 'TXT' }
  | { readonly kind: 'delete-record'; readonly name: string; readonly type: 'NS'; readonly data: string };

/** What the edge has to say about a zone and one cluster. */
export interface EdgeState {
  /** The whole NS set of the zone. */
  readonly nameServers: readonly string[];
  /** TTL of the NS set; undefined when there is none. */
  readonly nsTtlSeconds: number | undefined;
  /** A and AAAA records of the cluster's own name server name. */
  readonly ownAddresses: readonly string[];
  /** Its owner records. */
  readonly ownerTexts: readonly string[];
}

/** What one cluster wants the edge to say. */
export interface Wanted {
  readonly geoTag: string;
  /** Addresses for glue; empty when no DNS server of this cluster is ready: then nothing is changed. */
  readonly dnsAddresses: readonly string[];
  readonly ownerText: string;
}

/**
 * The changes that make the edge say what a cluster wants; none when it does. They name only what is the
 * cluster's own (one NS record, its glue, its owner record), so those of several clusters commute.
 * The NS record is added with the TTL that its set has: an RRset has one TTL, and a different one would
 * change everybody's.
 */
export function joinChanges(zone: Zone, wanted: Wanted, found: EdgeState): readonly Change[] {
  if (wanted.dnsAddresses.length === 0) return [];
  const [ns, ...glue] = recordsOf(zone, wanted);
  const changes: Change[] = [];
  if (ns && !found.nameServers.includes(ns.data))
    changes.push({ kind: 'add', record: { ...ns, ttlSeconds: found.nsTtlSeconds ?? ns.ttlSeconds } });
  if (
    !sameSet(
      found.ownAddresses,
      glue.map(({ data }) => data),
    )
  ) {
    const name = nameServerName(wanted.geoTag, zone);
    changes.push({ kind: 'delete-rrset', name, type: 'A' }, { kind: 'delete-rrset', name, type: 'AAAA' });
    for (const record of glue) changes.push({ kind: 'add', record });
  }
  if (!sameSet(found.ownerTexts, [wanted.ownerText])) {
    const name = ownerName(wanted.geoTag, zone);
    changes.push(
      { kind: 'delete-rrset', name, type: 'TXT' },
      {
        kind: 'add',
        record: { name, type: 'TXT', ttlSeconds: delegationTtlSeconds, data: wanted.ownerText },
      },
    );
  }
  return changes;
}

/** The changes that take a cluster out of a delegation; they touch nothing of others. */
export function leaveChanges(zone: Zone, geoTag: string): readonly Change[] {
  const name = nameServerName(geoTag, zone);
  return [
    { kind: 'delete-record', name: zone.name, type: 'NS', data: name },
    { kind: 'delete-rrset', name, type: 'A' },
    { kind: 'delete-rrset', name, type: 'AAAA' },
    { kind: 'delete-rrset', name: ownerName(geoTag, zone), type: 'TXT' },
  ];
}

/** A cluster's part of the delegation: its NS record first, then its glue. */
export function recordsOf(
  zone: Zone,
  { geoTag, dnsAddresses }: Pick<Wanted, 'geoTag' | 'dnsAddresses'>,
): readonly EdgeRecord[] {
  const name = nameServerName(geoTag, zone);
  const ttlSeconds = delegationTtlSeconds;
  return [
    { name: zone.name, type: 'NS', ttlSeconds, data: name },
    ...dnsAddresses
      .map(canonical)
      .map((data): EdgeRecord => ({ name, type: data.includes(':') ? 'AAAA' : 'A', ttlSeconds, data })),
  ];
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const set = new Set(one);
  return set.size === new Set(other).size && other.every((value) => set.has(value));
}

/** As records are read back: an IPv6 address has many texts. */
function canonical(address: string): string {
  const octets = addressToBytes(address);
  return octets ? addressToText(octets) : address;
}
