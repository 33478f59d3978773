import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryName, propertyRuns } from './arbitrary.fixture.ts';
import { nameOf, nameToText, parseName } from './name-text.ts';

// Escapes, dots and odd characters often enough to meet every branch.
const hostileText = fc
  .array(
    fc.constantFrom(
      '\\',
      '.',
      '0',
      '2',
      '9',
      'a',
      'Z',
      ' ',
      '\x00',
      '\x7f',
      'ü',
      '\u{1f600}',
      'x'.repeat(60),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

const label63 = 'x'.repeat(63);
const longest = `${label63}.${label63}.${label63}.${'x'.repeat(61)}`;

describe('parseName', () => {
  it.each([
    ['example.com', '\x07example\x03com\0'],
    ['Example.COM.', '\x07example\x03com\0'],
    ['.', '\0'],
    ['a\\.b.c', '\x03a.b\x01c\0'],
    ['a\\\\b', '\x03a\\b\0'],
    ['\\000\\255\\032', '\x03\0\xff \0'],
    ['\\065', '\x01a\0'],
    ['*.cloud.example.com', '\x01*\x05cloud\x07example\x03com\0'],
    ['_gslb-owner-eu.example.com', '\x0e_gslb-owner-eu\x07example\x03com\0'],
  ])('reads %s', (text, wire) => {
    expect(Buffer.from(nameOf(text)).toString('latin1')).toBe(wire);
  });

  it('takes 63 octets in a label and 255 in a name', () => {
    expect(nameOf(longest)).toHaveLength(255);
    expect(nameOf(`${longest}.`)).toHaveLength(255);
  });

  it.each([
    ['', 'is empty'],
    ['..', 'empty label'],
    ['.example.com', 'empty label'],
    ['a..b', 'empty label'],
    ['a.b..', 'empty label'],
    [`${label63}x.com`, 'more than 63'],
    [`${label63}x`, 'more than 63'],
    [`x${longest}`, 'more than 63'],
    [longest.replace('.', '.x.'), '255'],
    [`${longest}x`, '255'],
    ['a.'.repeat(200), '255'],
    ['bücher.de', 'not printable ASCII'],
    ['a b.com', 'not printable ASCII'],
    ['a\tb', 'not printable ASCII'],
    ['a\\', 'broken escape'],
    ['a\\25', 'broken escape'],
    ['a\\256', 'broken escape'],
    ['a\\ü', 'broken escape'],
  ])('refuses %j', (text, reason) => {
    const result = parseName(text);
    expect(result).toMatchObject({ ok: false, error: { code: 'name-text' } });
    expect(!result.ok && result.error.message).toContain(reason);
    expect(() => nameOf(text)).toThrow(reason);
  });

  it('never throws, and what it accepts is within the limits', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const result = parseName(text);
        expect(!result.ok || result.value.length <= 255).toBe(true);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});

describe('nameToText', () => {
  it('escapes like BIND and has no trailing dot', () => {
    expect(nameToText(nameOf('App.example.com.'))).toBe('app.example.com');
    expect(nameToText(nameOf('a\\.b\\@\\;\\"\\(\\)\\$\\\\.\\000\\127\\200'))).toBe(
      'a\\.b\\@\\;\\"\\(\\)\\$\\\\.\\000\\127\\200',
    );
  });

  it('is read back to the same name', () => {
    fc.assert(
      fc.property(arbitraryName(), (name) => {
        expect(nameOf(nameToText(name))).toEqual(name);
      }),
      { numRuns: propertyRuns(300) },
    );
  });
});
