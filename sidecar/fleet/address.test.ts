import { describe, expect, it } from 'vitest';
import { isPublishable } from './address.ts';

describe('addresses that a peer hands out', () => {
  it.each([
    ['192.0.2.1', '10.0.0.1', '172.19.0.3', '100.64.0.1', '169.253.0.1', '169.255.0.1', '223.255.255.254'],
    ['2001:db8::1', 'fd00::1', 'fec0::1', '64:ff9b::192.0.2.1'],
  ])('accepts %s and the like', (...addresses) => {
    expect(addresses.filter((address) => !isPublishable(address))).toEqual([]);
  });

  it.each([
    [
      '0.0.0.0',
      '0.1.2.3',
      '127.0.0.1',
      '127.9.9.9',
      '169.254.169.254',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
    ['::', '::1', '::ffff:192.0.2.1', '::192.0.2.1', 'fe80::1', 'febf::1', 'ff02::1'],
    ['', 'localhost', '192.0.2', '2001:db8::g'],
  ])('refuses %s and the like', (...addresses) => {
    expect(addresses.filter(isPublishable)).toEqual([]);
  });
});
