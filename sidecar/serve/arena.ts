/** Blocks are multiples of this, and start at multiples of it. */
const UNIT_BYTES = 32;

/**
 * One growing buffer in which many small records live, addressed by offset; 0 is never handed out. Freed blocks are
 * kept by size for the next of that size, so that replacing a record over and over takes no new memory, and nothing
 * is ever moved but by growth (the buffer doubles: `bytes` is then another object, offsets stay).
 */
export class Arena {
  bytes: Buffer<ArrayBuffer>;
  #end = UNIT_BYTES;
  #inUse = 0;
  readonly #freed = new Map<number, number[]>();

  constructor(initialBytes = 64 * 1024) {
    this.bytes = Buffer.alloc(initialBytes);
  }

  /** Bytes in blocks that are handed out. */
  get sizeBytes(): number {
    return this.#inUse;
  }

  /** The offset of a block of at least `size` bytes; its content is arbitrary. */
  allocate(size: number): number {
    const block = blockBytes(size);
    this.#inUse += block;
    const again = this.#freed.get(block)?.pop();
    if (again !== undefined) return again;
    const at = this.#end;
    this.#end += block;
    if (this.#end > this.bytes.length) this.#grow();
    return at;
  }

  /** Takes back a block that was allocated with the same `size`, or one for which `fits` says so. */
  free(at: number, size: number): void {
    const block = blockBytes(size);
    this.#inUse -= block;
    const freed = this.#freed.get(block);
    if (freed === undefined) this.#freed.set(block, [at]);
    else freed.push(at);
  }

  /** Whether a record of `size` bytes may stay in a block that was allocated for `allocated` bytes. */
  fits(size: number, allocated: number): boolean {
    return blockBytes(size) === blockBytes(allocated);
  }

  #grow(): void {
    let length = this.bytes.length;
    while (length < this.#end) length *= 2;
    const grown = Buffer.alloc(length);
    this.bytes.copy(grown);
    this.bytes = grown;
  }
}

// Sizes in steps of an eighth of their power of two: few enough classes that freed blocks are found again.
function blockBytes(size: number): number {
  const step = Math.max(UNIT_BYTES, 2 ** (28 - Math.clz32(size)));
  return Math.ceil(size / step) * step;
}
