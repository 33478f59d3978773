import { MmdbFault } from './data-section.ts';
import { type MmdbResult, mmdbError } from './errors.ts';
import { type Mmdb, SEPARATOR_BYTES } from './mmdb.ts';
import { type NetworkTree, TREE } from './network-tree.ts';

/**
 * Makes a tree of a database in which each network has what `numberOf` says of its record (a whole number below 2^31,
 * -1 for none; asked once per record), and networks side by side that have the same are one. Takes time and memory in
 * proportion to the file, whatever its tree looks like. IPv4 is found where IPv6 has `::/96`.
 */
export function compileTree(
  database: Mmdb,
  revision: number,
  numberOf: (data: Mmdb['data'], offset: number) => number,
): MmdbResult<NetworkTree> {
  const { nodes, record, ipVersion, data } = database;
  /** Of each node the link that stands for it. */
  const links = new Uint32Array(nodes);
  const states = new Uint8Array(nodes);
  const values = new Map<number, number>();
  let words = new Uint32Array(Math.min(2 * nodes, 1 << 16) + TREE.NODES);
  let end: number = TREE.NODES;

  const leaf = (to: number): number => {
    if (to === nodes) return NONE;
    const offset = to - nodes - SEPARATOR_BYTES;
    if (offset < 0) throw new MmdbFault(mmdbError('tree-record'));
    let value = values.get(offset);
    if (value === undefined) {
      value = numberOf(data, offset);
      values.set(offset, value);
    }
    return TREE.END + value + 1;
  };

  const link = (to: number) => (to < nodes ? (links[to] ?? NONE) : leaf(to));

  const finish = (node: number) => {
    const left = link(record(node, 0));
    const right = link(record(node, 1));
    states[node] = DONE;
    if (left === right && left >= TREE.END) {
      links[node] = left;
      return;
    }
    if (end + 2 > words.length) {
      const grown = new Uint32Array(2 * words.length);
      grown.set(words);
      words = grown;
    }
    words[end] = left;
    words[end + 1] = right;
    links[node] = end;
    end += 2;
  };

  /** Children first, without recursion: a tree may be as deep as it has nodes. */
  const visit = (root: number) => {
    const open = [root];
    for (let node = open.at(-1); node !== undefined; node = open.at(-1)) {
      if (states[node] === DONE) {
        open.pop();
        continue;
      }
      const isEntered = states[node] === ENTERED;
      states[node] = ENTERED;
      let waits = false;
      for (const side of [1, 0] as const) {
        const to = record(node, side);
        if (to >= nodes || states[to] === DONE) continue;
        // What was entered and is not done yet lies above.
        if (isEntered || states[to] === ENTERED) throw new MmdbFault(mmdbError('tree-loop'));
        open.push(to);
        waits = true;
      }
      if (!waits) {
        finish(node);
        open.pop();
      }
    }
  };

  try {
    visit(0);
    let ipv4 = 0;
    if (ipVersion === 6) for (let bit = 0; bit < 96 && ipv4 < nodes; bit += 1) ipv4 = record(ipv4, 0);
    const tree = new Uint32Array(new SharedArrayBuffer(4 * end));
    tree.set(words.subarray(0, end));
    tree[TREE.REVISION] = revision;
    tree[TREE.ROOT4] = link(ipv4);
    tree[TREE.ROOT6] = ipVersion === 6 ? link(0) : NONE;
    return { ok: true, value: tree };
  } catch (error) {
    if (error instanceof MmdbFault) return { ok: false, error: error.error };
    throw error;
  }
}

const NONE = TREE.END;
const ENTERED = 1;
const DONE = 2;
