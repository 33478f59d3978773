import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import { addressToBytes } from '#core/wire/address.ts';
import { TYPE } from '#core/wire/constants.ts';
import { parsePrefix } from '#core/wire/prefix.ts';
import { addressesOf } from '#sidecar/model/addresses-of.ts';
import type { Choice } from '#sidecar/model/answers.ts';
import { chooseLeaf, createAsker, furtherRandom } from './choose-leaf.ts';
import { compileChoice, leafAddresses } from './compile-choice.ts';
import { LEAF_HEADER_BYTES } from './entry.ts';
import { maskNetwork } from './rendezvous.ts';
import { writeLeaf } from './reply.ts';

/** What a client is answered. */
export interface Chosen {
  /** In the order in which they would stand in the reply. */
  readonly addresses: readonly string[];
  /** Every client in this prefix of the client's network gets the same answer, chance apart; 0: all clients do. */
  readonly scopeBits: number;
}

/**
 * What `choice` answers to `client` (an address, or a prefix where no more of it is known), by the bytes and the walk
 * of the DNS thread. `places` is the tree of the database that is loaded; `random`: 32 bits. Undefined when `client`
 * is no prefix.
 */
export function choose(
  choice: Choice,
  client: string,
  places: NetworkTree | undefined,
  random: number,
): Chosen | undefined {
  const prefix = parsePrefix(client);
  if (prefix === undefined) return undefined;
  const octets = new Map<string, Uint8Array>();
  for (const address of addressesOf(choice)) {
    const bytes = addressToBytes(address);
    if (bytes !== undefined) octets.set(address, bytes);
  }
  const isIpv6 = octets.values().some((bytes) => bytes.length === 16);
  const type = isIpv6 ? TYPE.AAAA : TYPE.A;
  const bytes = compileChoice(choice, { type, ttl: 0, octets, onBadPrefix: () => undefined });
  if (bytes.length === 0) return { addresses: [], scopeBits: 0 };
  const asker = createAsker();
  asker.isIpv4 = prefix.family === 4;
  asker.bits = prefix.bits;
  maskNetwork(prefix.bytes, asker.isIpv4, prefix.bits, asker.address);
  const leaf = chooseLeaf(bytes, 0, asker, places, random);
  const ordered = new Uint8Array(bytes.length);
  writeLeaf(bytes, leaf, type, leaf === 0 ? random : furtherRandom(random), ordered, LEAF_HEADER_BYTES);
  ordered.set(bytes.subarray(leaf, leaf + LEAF_HEADER_BYTES));
  return { addresses: leafAddresses(ordered, 0, type), scopeBits: asker.scopeBits };
}
