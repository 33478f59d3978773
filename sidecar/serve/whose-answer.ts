import { uint16 } from '#core/wire/cursor.ts';
import { isWithin, type Prefix } from '#core/wire/prefix.ts';
import type { Asker } from './choose-leaf.ts';
import { type Client, isIpv4 } from './client.ts';
import type { Query } from './query.ts';

/**
 * Finds out for whom the answer is: the client subnet that the query names (RFC 7871) if its sender is in one of the
 * `trusted` prefixes, else the sender. A subnet of no bits is a client's wish not to be told from others, so that the
 * sender counts (§7.1.2). Returns whether it is the subnet.
 */
export function readAsker(asker: Asker, query: Query, trusted: readonly Prefix[]): boolean {
  const { client, bytes, subnetAt } = query;
  const sourceBits = subnetAt === 0 ? 0 : (bytes[subnetAt + 2] ?? 0);
  if (sourceBits > 0 && isTrusted(client, trusted)) {
    asker.isIpv4 = uint16(bytes, subnetAt) === 1;
    asker.bits = sourceBits;
    const given = (sourceBits + 7) >> 3;
    for (let k = 0; k < 16; k += 1) asker.address[k] = k < given ? (bytes[subnetAt + 4 + k] ?? 0) : 0;
    return true;
  }
  asker.isIpv4 = isIpv4(client);
  asker.bits = asker.isIpv4 ? 32 : 128;
  for (let k = 0; k < 16; k += 1) asker.address[k] = client.address[k] ?? 0;
  return false;
}

function isTrusted(client: Client, trusted: readonly Prefix[]): boolean {
  const family = isIpv4(client) ? 4 : 6;
  for (let k = 0; k < trusted.length; k += 1) {
    const prefix = trusted[k];
    if (prefix !== undefined && isWithin(prefix, family, client.address)) return true;
  }
  return false;
}
