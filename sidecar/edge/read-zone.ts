import type { Member } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import type { EdgeRecord } from './changes.ts';
import { sortedMembers } from './delegation.ts';
import type { Reading } from './keeper.ts';
import { geoTagOf, nameServerName, ownerName } from './names.ts';

/** More name servers than this are not a fleet. */
const mostNameServers = 64;

/** A reply of the edge, as far as it matters here. Records of other types are left out. */
export interface EdgeReply {
  /** `NOERROR`, `NXDOMAIN`, … */
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly answer: readonly EdgeRecord[];
  readonly authority: readonly EdgeRecord[];
  readonly additional: readonly EdgeRecord[];
}

/** Asks the edge with RD=0. Rejects when there is no reply. */
export type AskEdge = (name: string, type: EdgeRecord['type']) => Promise<EdgeReply>;

/** A reply that says nothing about the delegation: an error, or that of a server that does not serve the parent. */
export class UnusableReply extends Error {
  override readonly name = 'UnusableReply';
  readonly code: 'EdgeQueryRefused' | 'EdgeNotAuthoritative';

  constructor(code: UnusableReply['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Reads the delegation of a zone and this cluster's part of it: the NS set, which a parent's server sends as a
 * referral (authority section) and one that serves both zones as an answer, then the addresses of each name.
 * @throws UnusableReply, and whatever `ask` rejects with
 */
export async function readZone(ask: AskEdge, zone: Zone, geoTag: string): Promise<Reading> {
  const own = nameServerName(geoTag, zone);
  const set = nameServerSet(await ask(zone.name, 'NS'), zone);
  const names = [...new Set(set.map(({ data }) => data))].slice(0, mostNameServers);
  const [owner, ...addresses] = await Promise.all([
    ask(ownerName(geoTag, zone), 'TXT'),
    ...new Set([own, ...names]).values().map((name) => addressesOf(ask, name, zone)),
  ]);
  const members = addresses.filter(({ nsName }) => names.includes(nsName));
  return {
    delegation: { zone: zone.name, members: sortedMembers(members) },
    state: {
      nameServers: names,
      nsTtlSeconds: set[0]?.ttlSeconds,
      ownAddresses: addresses.find(({ nsName }) => nsName === own)?.addresses ?? [],
      ownerTexts: owner.answer.filter(({ type }) => type === 'TXT').map(({ data }) => data),
    },
  };
}

function nameServerSet(reply: EdgeReply, zone: Zone): readonly EdgeRecord[] {
  refuseErrors(reply);
  const set = [...reply.answer, ...reply.authority].filter(
    ({ name, type }) => name === zone.name && type === 'NS',
  );
  // Without a referral only the parent's own server can tell that there is none.
  if (set.length === 0 && !reply.authoritative)
    throw new UnusableReply(
      'EdgeNotAuthoritative',
      `its reply for ${zone.name} NS is neither authoritative nor a referral`,
    );
  return set;
}

async function addressesOf(ask: AskEdge, nsName: string, zone: Zone): Promise<Member> {
  const replies = await Promise.all([ask(nsName, 'A'), ask(nsName, 'AAAA')]);
  const inParent = nsName.endsWith(`.${zone.parent}`);
  // What the edge does not serve it cannot tell; somebody else's name server is no business of ours.
  if (inParent) for (const reply of replies) refuseErrors(reply);
  const addresses = replies
    .flatMap(({ answer, additional }) => [...answer, ...additional])
    .filter(({ name, type }) => name === nsName && (type === 'A' || type === 'AAAA'))
    .map(({ data }) => data);
  return { nsName, geoTag: geoTagOf(nsName, zone), addresses: [...new Set(addresses)].sort() };
}

function refuseErrors({ rcode }: EdgeReply): void {
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') throw new UnusableReply('EdgeQueryRefused', rcode);
}
