import { parsePrefix } from '#core/wire/prefix.ts';

/** What a record may hold. Numbers are written as uint32. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

export interface DatabaseToWrite {
  /** Default 6; IPv4 networks then stand below `::/96`. */
  readonly ipVersion?: 4 | 6;
  /** Default 24. */
  readonly recordBits?: 24 | 28 | 32;
  /** Prefix and record; longer prefixes must follow the shorter ones that they lie in. */
  readonly networks: readonly (readonly [prefix: string, record: Value])[];
  /** Replaces fields of the metadata. */
  readonly metadata?: Readonly<Record<string, Value>>;
}

/** A file in the MaxMind DB format 2.0. Keys are pointed to from their second use on, as MaxMind's writer does. */
export function writeMmdb(database: DatabaseToWrite): Buffer {
  const { ipVersion = 6, recordBits = 24, networks, metadata = {} } = database;
  const root: Node = [undefined, undefined];
  const data = new Writer();
  const offsets = new Map<string, number>();
  for (const [text, record] of networks) {
    const key = JSON.stringify(record);
    const offset = offsets.get(key) ?? data.end;
    if (!offsets.has(key)) data.value(record);
    offsets.set(key, offset);
    insert(root, bitsOf(text, ipVersion), { offset });
  }

  const nodes: Node[] = [];
  const number = new Map<Node, number>();
  const collect = (node: Node) => {
    number.set(node, nodes.push(node) - 1);
    for (const side of node) if (Array.isArray(side)) collect(side);
  };
  collect(root);
  const recordOf = (side: Side) => {
    if (side === undefined) return nodes.length;
    return Array.isArray(side) ? (number.get(side) ?? 0) : nodes.length + 16 + side.offset;
  };
  const tree = nodes.flatMap(([left, right]) => nodeBytes(recordOf(left), recordOf(right), recordBits));
  const about = new Writer();
  about.value({
    node_count: nodes.length,
    record_size: recordBits,
    ip_version: ipVersion,
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test',
    ...metadata,
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([Buffer.from(tree), Buffer.alloc(16), data.bytes(), marker, about.bytes()]);
}

type Side = Node | { readonly offset: number } | undefined;
type Node = [Side, Side];

function bitsOf(text: string, ipVersion: 4 | 6): readonly (0 | 1)[] {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`${text} is no prefix`);
  const bits = Array.from({ length: prefix.bits }, (_, k) =>
    ((prefix.bytes[k >> 3] ?? 0) >> (7 - (k & 7))) & 1 ? 1 : 0,
  );
  return ipVersion === 6 && prefix.family === 4
    ? [...Array.from({ length: 96 }, () => 0 as const), ...bits]
    : bits;
}

function insert(root: Node, bits: readonly (0 | 1)[], leaf: { readonly offset: number }): void {
  let node = root;
  for (const [k, bit] of bits.entries()) {
    if (k === bits.length - 1) {
      node[bit] = leaf;
      return;
    }
    const side = node[bit];
    const next: Node = Array.isArray(side) ? side : [side, side];
    node[bit] = next;
    node = next;
  }
}

function nodeBytes(left: number, right: number, bits: 24 | 28 | 32): readonly number[] {
  const low = (value: number) => [value >> 16, value >> 8, value].map((octet) => octet & 0xff);
  const [high, other] = [left >>> 24, right >>> 24];
  if (bits === 24) return [...low(left), ...low(right)];
  if (bits === 28) return [...low(left), (high << 4) | other, ...low(right)];
  return [high, ...low(left), other, ...low(right)];
}

class Writer {
  readonly #parts: Buffer[] = [];
  readonly #keys = new Map<string, number>();
  end = 0;

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  value(value: Value): void {
    if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'boolean') this.#control(14, value ? 1 : 0);
    else if (typeof value === 'number') {
      this.#control(6, 4);
      this.#put(Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]));
    } else if (Array.isArray(value)) {
      this.#control(11, value.length);
      for (const one of value as readonly Value[]) this.value(one);
    } else {
      const entries = Object.entries(value as Readonly<Record<string, Value>>);
      this.#control(7, entries.length);
      for (const [key, one] of entries) {
        this.#key(key);
        this.value(one);
      }
    }
  }

  #key(key: string): void {
    const known = this.#keys.get(key);
    if (known === undefined) {
      this.#keys.set(key, this.end);
      this.#text(key);
    } else if (known < 2048) this.#put(Buffer.from([0x20 | (known >> 8), known]));
    else this.#put(Buffer.from([0x38, known >>> 24, known >>> 16, known >>> 8, known]));
  }

  #text(text: string): void {
    const octets = Buffer.from(text);
    this.#control(2, octets.length);
    this.#put(octets);
  }

  #control(type: number, size: number): void {
    const [first, ...rest] =
      size < 29 ? [size] : size < 285 ? [29, size - 29] : [30, (size - 285) >> 8, (size - 285) & 0xff];
    const head = type < 8 ? [(type << 5) | (first ?? 0)] : [first ?? 0, type - 7];
    this.#put(Buffer.from([...head, ...rest]));
  }

  #put(octets: Buffer): void {
    this.#parts.push(octets);
    this.end += octets.length;
  }
}
