import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressToBytes, addressToText } from './address.ts';
import { propertyRuns } from './arbitrary.fixture.ts';

describe('addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0000:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ])('%s is written %s', (text, expected) => {
    const bytes = addressToBytes(text);
    expect(bytes && addressToText(bytes)).toBe(expected);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    ' 1.2.3.4',
    '1.2.3.4/24',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    'g::',
  ])('%j is none', (text) => {
    expect(addressToBytes(text)).toBeUndefined();
  });

  it('in dotted decimals are those that Node takes for such', () => {
    const part = fc.constantFrom(
      '0',
      '1',
      '00',
      '01',
      '9',
      '99',
      '255',
      '256',
      '1000',
      '',
      'a',
      '-1',
      '+1',
      ' 1',
      '1e1',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.join('.');
        expect(addressToBytes(text)).toEqual(isIPv4(text) ? Uint8Array.from(parts, Number) : undefined);
      }),
      { numRuns: propertyRuns(300) },
    );
    expect(addressToBytes('10.255.0.99')).toEqual(Uint8Array.of(10, 255, 0, 99));
  });

  it('are read back to the same octets', () => {
    const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const bytes = Uint8Array.from(groups.flatMap((value) => [value >> 8, value & 0xff]));
        const text = addressToText(bytes);
        expect(isIPv6(text)).toBe(true);
        expect(addressToBytes(text)).toEqual(bytes);
        // The URL parser shortens by the same rules, but never writes dotted decimals.
        if (!text.includes('.')) expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
      }),
      { numRuns: propertyRuns(200) },
    );
  });
});
