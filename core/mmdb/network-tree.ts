/**
 * A binary tree over address prefixes with a whole number for each, as 32-bit words that threads share and nobody
 * changes: first the version (`revision`), the root for IPv4, the root for IPv6, then two links for each node (bit 0,
 * bit 1). A link with the highest bit set ends the way: the rest is the number plus one, 0 where there is none.
 * Others are the index of the node's first word.
 */
export type NetworkTree = Uint32Array<SharedArrayBuffer>;

export const TREE = { REVISION: 0, ROOT4: 1, ROOT6: 2, NODES: 3, END: 0x8000_0000 } as const;

/** Where a look-up leaves what it found; one is used over and over. */
export interface FoundNetwork {
  /** -1: none. */
  value: number;
  /** Length of the prefix at which the tree ended: every address in it has the same value. */
  bits: number;
}

/** Looks up the address in the first 4 or 16 octets of `address`. Allocates nothing. */
export function findNetwork(
  tree: NetworkTree,
  isIpv4: boolean,
  address: Uint8Array,
  found: FoundNetwork,
): void {
  const most = isIpv4 ? 32 : 128;
  let link = tree[isIpv4 ? TREE.ROOT4 : TREE.ROOT6] ?? TREE.END;
  let bits = 0;
  while (link < TREE.END && bits < most) {
    link = tree[link + (((address[bits >> 3] ?? 0) >> (7 - (bits & 7))) & 1)] ?? TREE.END;
    bits += 1;
  }
  // A tree deeper than addresses are long has nothing for them.
  found.value = link < TREE.END ? -1 : link - TREE.END - 1;
  found.bits = bits;
}
