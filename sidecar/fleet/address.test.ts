import { describe, expect, it } from 'vitest';
import { isPublishable } from './address.ts';

const v4 = (text: string) => Uint8Array.from(text.split('.').map(Number));
/** Eight groups, written out. */
const v6 = (text: string) =>
  Uint8Array.from(
    text.split(':').flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );

describe('addresses that a peer hands out', () => {
  it.each([
    '192.0.2.1',
    '10.0.0.1',
    '172.19.0.3',
    '100.64.0.1',
    '169.253.0.1',
    '169.255.0.1',
    '223.255.255.254',
  ])('accepts %s', (text) => expect(isPublishable(v4(text))).toBe(true));

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
  ])('refuses %s', (text) => expect(isPublishable(v4(text))).toBe(false));

  it.each(['2001:db8:0:0:0:0:0:1', 'fd00:0:0:0:0:0:0:1', 'fec0:0:0:0:0:0:0:1', '64:ff9b:0:0:0:0:c000:201'])(
    'accepts %s',
    (text) => expect(isPublishable(v6(text))).toBe(true),
  );

  it.each([
    '0:0:0:0:0:0:0:0',
    '0:0:0:0:0:0:0:1',
    '0:0:0:0:0:ffff:7f00:1',
    '0:0:0:0:0:0:c000:201',
    'fe80:0:0:0:0:0:0:1',
    'febf:0:0:0:0:0:0:1',
    'ff02:0:0:0:0:0:0:1',
  ])('refuses %s', (text) => expect(isPublishable(v6(text))).toBe(false));

  it.each([0, 3, 5, 15, 17])('refuses data of %i octets', (length) => {
    expect(isPublishable(new Uint8Array(length).fill(9))).toBe(false);
  });
});
