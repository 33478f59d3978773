import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from './arbitrary.fixture.ts';
import { nameToText } from './name-text.ts';
import { type Compression, readName } from './read-name.ts';

/** Reads the name at `offset` of a message: 12 header octets, then `body`. */
function read(body: string, offset = 12, compression: Compression = 'allowed') {
  const bytes = Buffer.concat([Buffer.alloc(12), Buffer.from(body, 'latin1')]);
  const cursor = { bytes, offset, end: bytes.length };
  const name = readName(cursor, compression);
  return typeof name === 'string' ? name : { name: nameToText(name), behind: cursor.offset };
}

const label63 = `\x3f${'x'.repeat(63)}`;

describe('readName', () => {
  it('reads labels and pointers, folds case, and stops behind the name', () => {
    expect(read('\x03WWW\x07exaMple\0rest')).toEqual({ name: 'www.example', behind: 25 });
    expect(read('\x03com\0\x01a\xc0\x0crest', 17)).toEqual({ name: 'a.com', behind: 21 });
    expect(read('\x03com\0\x01a\xc0\x0c\xc0\x11', 21)).toEqual({ name: 'a.com', behind: 23 });
    expect(read('\0')).toEqual({ name: '.', behind: 13 });
  });

  it.each([
    ['nothing', '', 12, 'truncated'],
    ['no root label', '\x01a', 12, 'truncated'],
    ['label past the end', '\x05abc', 12, 'truncated'],
    ['half a pointer', '\xc0', 12, 'truncated'],
    ['pointer to itself', '\xc0\x0c', 12, 'pointer'],
    ['pointer forwards', '\xc0\x0e\x01a\0', 12, 'pointer'],
    ['pointer into its own labels', '\x01a\xc0\x0c', 12, 'pointer'],
    ['pointer into the header', '\xc0\x0b', 12, 'pointer'],
    ['two pointers at each other', '\xc0\x0e\xc0\x0c', 14, 'pointer'],
    ['name that runs into the name pointing to it', '\x01a\xc0\x0c', 14, 'truncated'],
    ['extended label type', '\x41a\0', 12, 'label-type'],
    ['reserved label type', '\x80a\0', 12, 'label-type'],
    ['256 octets', `${label63.repeat(3)}\x3e${'x'.repeat(62)}\0`, 12, 'name-length'],
    [
      '256 octets by a pointer',
      `${label63.repeat(3)}\0\x3e${'x'.repeat(62)}\xc0\x0c`,
      12 + 193,
      'name-length',
    ],
  ])('refuses %s', (_, body, offset, code) => {
    expect(read(body, offset)).toBe(code);
  });

  it('takes 255 octets', () => {
    expect(read(`${label63.repeat(3)}\x3d${'x'.repeat(61)}\0`)).toMatchObject({ behind: 12 + 255 });
  });

  it('refuses pointers where they are forbidden', () => {
    expect(read('\x03com\0\xc0\x0c', 17, 'forbidden')).toBe('pointer');
    expect(read('\x03com\0', 12, 'forbidden')).toMatchObject({ name: 'com' });
  });

  it('follows at most 127 pointers', () => {
    const long = Buffer.alloc(1200);
    long.set([1, 0x61, 0], 12);
    for (let at = 16; at < 1200; at += 2) long.writeUInt16BE(0xc000 | (at === 16 ? 12 : at - 2), at);
    expect(readName({ bytes: long, offset: 16 + 2 * 126, end: 1200 }, 'allowed')).toHaveLength(3);
    expect(readName({ bytes: long, offset: 16 + 2 * 127, end: 1200 }, 'allowed')).toBe('pointer');
  });

  it('never reads outside and never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 13, maxLength: 80 }), fc.nat(), (bytes, at) => {
        const offset = 12 + (at % (bytes.length - 12));
        const cursor = { bytes, offset, end: bytes.length };
        const name = readName(cursor, 'allowed');
        expect(typeof name === 'string' ? cursor.offset === offset : cursor.offset <= bytes.length).toBe(
          true,
        );
      }),
      { numRuns: propertyRuns(500) },
    );
  });
});
