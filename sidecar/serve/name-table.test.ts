import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameOf } from '#core/wire/name-text.ts';
import { ENTRY } from './entry.ts';
import { createNameKey, hashSuffixes, type NameKey, readNameKey } from './name-key.ts';
import { NameTable } from './name-table.ts';
import { writeUint32 } from './octets.ts';

function keyOf(table: NameTable, text: string, hash?: number): NameKey {
  const key = createNameKey();
  const name = nameOf(text);
  readNameKey(key, name, 0, name.length);
  hashSuffixes(key, table.seed);
  if (hash !== undefined) key.hashes[0] = hash;
  return key;
}

/** Enters a name; with `hash` under that instead of its own. */
function insert(table: NameTable, text: string, hash?: number): number {
  const key = keyOf(table, text, hash);
  const entry = table.arena.allocate(ENTRY.NAME + key.length);
  const { bytes } = table.arena;
  writeUint32(bytes, entry + ENTRY.LENGTH, ENTRY.NAME + key.length);
  bytes[entry + ENTRY.NAME_LENGTH] = key.length;
  bytes.set(key.name.subarray(0, key.length), entry + ENTRY.NAME);
  table.insert(key, 0, entry);
  return entry;
}

describe('the name table', () => {
  it('tells names apart whose hashes are equal', () => {
    const table = new NameTable(1);
    const hash = 0x1234;
    const entries = ['aa.test', 'bb.test', 'cc.test'].map((name) => insert(table, name, hash));
    expect(new Set(entries).size).toBe(3);
    expect(table.find(keyOf(table, 'aa.test', hash), 0)).toBe(entries[0]);
    expect(table.find(keyOf(table, 'cc.test', hash), 0)).toBe(entries[2]);
    expect(table.find(keyOf(table, 'dd.test', hash), 0)).toBe(0);

    table.remove(keyOf(table, 'aa.test', hash), 0);
    expect(table.find(keyOf(table, 'aa.test', hash), 0)).toBe(0);
    expect(table.find(keyOf(table, 'bb.test', hash), 0)).toBe(entries[1]);
    expect(table.find(keyOf(table, 'cc.test', hash), 0)).toBe(entries[2]);
  });

  it('gives names that are alike different hashes', () => {
    const table = new NameTable(7);
    const names = Array.from({ length: 10_000 }, (_, k) => {
      const digits = String(k).padStart(4, '0');
      return [`host${digits}.test`, `${[...digits].toReversed().join('')}host.test`, `*.host${digits}.test`];
    }).flat();
    const hashes = new Set(names.map((name) => keyOf(table, name).hashes[0]));
    expect(hashes.size).toBeGreaterThan(names.length - 20);
  });

  it('hashes by its seed', () => {
    const hashes = [1, 2].map((seed) => keyOf(new NameTable(seed), 'app.test').hashes[0]);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('finds a wildcard by its suffix alone', () => {
    const table = new NameTable(1);
    const entry = insert(table, '*.apps.test');
    insert(table, 'x.apps.test');
    expect(table.findWildcard(keyOf(table, 'foo.apps.test'), 1)).toBe(entry);
    expect(table.findWildcard(keyOf(table, 'foo.apps.test'), 2)).toBe(0);
  });

  it('holds exactly what was entered and not removed, whatever the order', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(300)), { maxLength: 600 });
    fc.assert(
      fc.property(steps, fc.integer(), (edits, seed) => {
        const table = new NameTable(seed);
        const expected = new Map<string, number>();
        for (const [isAdded, number] of edits) {
          const text = `n${number}.test`;
          if (isAdded === expected.has(text)) continue;
          if (isAdded) expected.set(text, insert(table, text));
          else {
            table.remove(keyOf(table, text), 0);
            expected.delete(text);
          }
        }
        const found = Array.from({ length: 301 }, (_, k) => table.find(keyOf(table, `n${k}.test`), 0));
        expect(found).toEqual(Array.from({ length: 301 }, (_, k) => expected.get(`n${k}.test`) ?? 0));
        expect(table.size).toBe(expected.size);
      }),
      { numRuns: 50 },
    );
  });
});
