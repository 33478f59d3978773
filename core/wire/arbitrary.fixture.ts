import fc from 'fast-check';
import type { Name } from './name.ts';

/** Iterations of a property: `usual` in the unit run, FUZZ_RUNS where that is set. */
export function propertyRuns(usual: number): number {
  const asked = Number(process.env['FUZZ_RUNS'] ?? '');
  return asked > 0 ? asked : usual;
}

/** Labels of any octets, lower-cased, few of them shared, so that compression and ordering have work. */
export function arbitraryName(): fc.Arbitrary<Name> {
  return fc.array(arbitraryLabel, { maxLength: 6 }).map((labels) => {
    const wire: number[] = [];
    for (const label of labels) if (wire.length + 1 + label.length < 255) wire.push(label.length, ...label);
    return Uint8Array.of(...wire, 0) as Name;
  });
}

const arbitraryLabel = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'b', 'www', 'example', 'com', '*').map((text) => [...Buffer.from(text)]),
  },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 63 })
      .map((label) => [...label].map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet))),
  },
);
