const none: ReadonlySet<string> = new Set();

/** Which keys belong to a name: a multimap that forgets names without keys. */
export class NameIndex {
  readonly #keys = new Map<string, Set<string>>();

  of(name: string): ReadonlySet<string> {
    return this.#keys.get(name) ?? none;
  }

  names(): Iterable<string> {
    return this.#keys.keys();
  }

  add(name: string, key: string): void {
    const keys = this.#keys.get(name);
    if (keys === undefined) this.#keys.set(name, new Set([key]));
    else keys.add(key);
  }

  remove(name: string, key: string): void {
    const keys = this.#keys.get(name);
    if (keys?.delete(key) && keys.size === 0) this.#keys.delete(name);
  }
}
