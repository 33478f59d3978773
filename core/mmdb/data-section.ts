import { type MmdbError, mmdbError } from './errors.ts';

/** A value without parts, as the database has it. */
export type Scalar = string | number | bigint | boolean;

/** Thrown inside core/mmdb alone; its doors turn it into a value. */
export class MmdbFault extends Error {
  readonly error: MmdbError;
  constructor(error: MmdbError) {
    super(error.message);
    this.error = error;
  }
}

/**
 * The data section of a MaxMind DB, or its metadata. Fields are read where they stand: a record costs what is looked
 * at in it, and nothing that a file may claim makes that unbounded.
 */
export class DataSection {
  readonly #bytes: Buffer;
  #at = 0;
  #type = 0;
  #size = 0;
  #fields = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /**
   * The scalar under a path of keys (indexes in arrays) of the record at `offset`; undefined when there is none.
   * @throws MmdbFault
   */
  find(offset: number, path: readonly string[]): Scalar | undefined {
    this.#fields = 0;
    this.#at = offset;
    this.#followed();
    for (const key of path) {
      const isFound = this.#type === TYPE.MAP ? this.#enterMap(key) : this.#enterArray(key);
      if (!isFound) return undefined;
    }
    return this.#scalar();
  }

  /** Moves to the value of a key, whose control octet is then read. */
  #enterMap(key: string): boolean {
    const pairs = this.#size;
    for (let k = 0; k < pairs; k += 1) {
      const isKey = this.#key() === key;
      if (isKey) {
        this.#followed();
        return true;
      }
      this.#skip();
    }
    return false;
  }

  #enterArray(key: string): boolean {
    if (this.#type !== TYPE.ARRAY || !/^\d{1,7}$/.test(key) || Number(key) >= this.#size) return false;
    for (let k = 0; k < Number(key); k += 1) this.#skip();
    this.#followed();
    return true;
  }

  /** Reads the key at hand, which may be pointed to, and moves behind it. */
  #key(): string {
    this.#control();
    const behind = this.#at;
    const isPointer = this.#type === TYPE.POINTER;
    if (isPointer) this.#jump();
    if (this.#type !== TYPE.STRING) throw this.#fault();
    const text = this.#text();
    this.#at = isPointer ? behind : this.#at + this.#size;
    return text;
  }

  /** Reads a control octet, and that of what it points to. */
  #followed(): void {
    this.#control();
    if (this.#type === TYPE.POINTER) this.#jump();
  }

  /** A pointer to a pointer is against the rules, so that no chain of them is ever followed. */
  #jump(): void {
    this.#at = this.#size;
    this.#control();
    if (this.#type === TYPE.POINTER) throw this.#fault();
  }

  /** Moves behind the value at hand, pointers not followed: each step moves on, so it ends with the section. */
  #skip(): void {
    for (let open = 1; open > 0; open -= 1) {
      this.#control();
      if (this.#type === TYPE.MAP) open += 2 * this.#size;
      else if (this.#type === TYPE.ARRAY) open += this.#size;
      else if (this.#type !== TYPE.POINTER && this.#type !== TYPE.BOOLEAN) this.#take(this.#size);
    }
  }

  /** Reads the control octets at hand into type and size; of a pointer the size is where it points. */
  #control(): void {
    this.#fields += 1;
    if (this.#fields > MOST_FIELDS) throw new MmdbFault(mmdbError('data-size', this.#at));
    const control = this.#octet();
    this.#type = control >> 5;
    if (this.#type === TYPE.POINTER) {
      const octets = ((control >> 3) & 3) + 1;
      const high = octets === 4 ? 0 : (control & 7) * 256 ** octets;
      this.#size = high + this.#number(octets) + (pointerOffsets[octets] ?? 0);
      return;
    }
    if (this.#type === 0) {
      this.#type = this.#octet() + 7;
      if (this.#type < TYPE.INT32 || this.#type > TYPE.FLOAT) throw this.#fault();
    }
    const size = control & 0x1f;
    this.#size = size < 29 ? size : (sizeOffsets[size - 29] ?? 0) + this.#number(size - 28);
  }

  #scalar(): Scalar | undefined {
    const size = this.#size;
    const from = this.#at;
    switch (this.#type) {
      case TYPE.STRING:
        return this.#text();
      case TYPE.BOOLEAN:
        return size !== 0;
      case TYPE.UINT16:
      case TYPE.UINT32:
        return size > 4 ? undefined : this.#number(size);
      case TYPE.INT32:
        return size > 4 ? undefined : size === 4 ? this.#number(4) | 0 : this.#number(size);
      case TYPE.UINT64:
      case TYPE.UINT128:
        this.#take(size);
        return size > 16 ? undefined : BigInt(`0x0${this.#bytes.toString('hex', from, from + size)}`);
      case TYPE.DOUBLE:
        this.#take(size);
        return size === 8 ? this.#bytes.readDoubleBE(from) : undefined;
      case TYPE.FLOAT:
        this.#take(size);
        return size === 4 ? this.#bytes.readFloatBE(from) : undefined;
      default:
        return undefined;
    }
  }

  #text(): string {
    const end = this.#at + this.#size;
    if (end > this.#bytes.length) throw this.#fault();
    return this.#bytes.toString('utf8', this.#at, end);
  }

  #number(octets: number): number {
    let value = 0;
    for (let k = 0; k < octets; k += 1) value = value * 256 + this.#octet();
    return value;
  }

  #octet(): number {
    const octet = this.#bytes[this.#at];
    if (octet === undefined) throw this.#fault();
    this.#at += 1;
    return octet;
  }

  #take(octets: number): void {
    this.#at += octets;
    if (this.#at > this.#bytes.length) throw this.#fault();
  }

  #fault(): MmdbFault {
    return new MmdbFault(mmdbError('data', this.#at));
  }
}

/** Per record: the largest of MaxMind's have some hundred. */
const MOST_FIELDS = 20_000;

const TYPE = {
  POINTER: 1,
  STRING: 2,
  DOUBLE: 3,
  UINT16: 5,
  UINT32: 6,
  MAP: 7,
  INT32: 8,
  UINT64: 9,
  UINT128: 10,
  ARRAY: 11,
  BOOLEAN: 14,
  FLOAT: 15,
} as const;

// MaxMind DB format 2.0, "Data Field Format": what is added to a pointer, and to a size, by its octets.
const pointerOffsets = [0, 0, 2048, 526_336, 0];
const sizeOffsets = [29, 285, 65_821];
