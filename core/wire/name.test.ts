import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryName, propertyRuns } from './arbitrary.fixture.ts';
import { compareNames, isSubdomain, labelCount, namesEqual, parentOf, ROOT } from './name.ts';
import { nameOf, nameToText } from './name-text.ts';

describe('names', () => {
  it('are equal whatever the case they were written in', () => {
    expect(namesEqual(nameOf('App.Example.COM'), nameOf('app.example.com.'))).toBe(true);
    expect(namesEqual(nameOf('app.example.com'), nameOf('apq.example.com'))).toBe(false);
  });

  it.each([
    ['app.example.com', 'example.com', true],
    ['example.com', 'example.com', true],
    ['example.com', '.', true],
    ['.', '.', true],
    ['badexample.com', 'example.com', false],
    ['com', 'example.com', false],
    ['example.com.evil', 'example.com', false],
    ['a\\.example.com', 'example.com', false],
    // The octets of the last label equal those of a whole name, length octet included.
    ['x\\007example\\003com', 'example.com', false],
  ])('%s lies in %s: %s', (name, ancestor, expected) => {
    expect(isSubdomain(nameOf(name), nameOf(ancestor))).toBe(expected);
  });

  it('sort in the order that RFC 4034 §6.1 prints', () => {
    const printed = [
      'example',
      'a.example',
      'yljkjljk.a.example',
      'z.a.example',
      'zabc.a.example',
      'z.example',
      '\\001.z.example',
      '*.z.example',
      '\\200.z.example',
    ];
    const shuffled = [...printed].reverse().map(nameOf);
    expect(shuffled.sort(compareNames).map(nameToText)).toEqual(printed);
  });

  it('lead to the root by parents', () => {
    const up: string[] = [];
    for (let name = parentOf(nameOf('a.b.c')); name !== undefined; name = parentOf(name))
      up.push(nameToText(name));
    expect(up).toEqual(['b.c', 'c', '.']);
    expect(labelCount(nameOf('a.b.c'))).toBe(3);
    expect(labelCount(ROOT)).toBe(0);
  });

  it('order is total and agrees with equality', () => {
    fc.assert(
      fc.property(arbitraryName(), arbitraryName(), arbitraryName(), (a, b, c) => {
        expect(Math.sign(compareNames(a, b))).toBe(-Math.sign(compareNames(b, a)) || 0);
        expect(compareNames(a, b) === 0).toBe(namesEqual(a, b));
        if (compareNames(a, b) <= 0 && compareNames(b, c) <= 0)
          expect(compareNames(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: propertyRuns(200) },
    );
  });
});
