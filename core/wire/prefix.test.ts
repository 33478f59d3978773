import { describe, expect, it } from 'vitest';
import { addressToBytes } from './address.ts';
import { isWithin, parsePrefix } from './prefix.ts';

describe('a prefix', () => {
  it.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['192.0.2.128/25', '192.0.2.200', true],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '::1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.6', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::1', '::1', true],
  ])('%s and %s: %s', (prefix, address, isIn) => {
    const parsed = parsePrefix(prefix);
    const bytes = addressToBytes(address) ?? new Uint8Array();
    expect(parsed && isWithin(parsed, bytes.length === 4 ? 4 : 6, bytes)).toBe(isIn);
  });

  it.each(['', 'x', '192.0.2.0/33', '192.0.2.0/-1', '192.0.2.0/', '192.0.2/24', '2001:db8::/129', '/24'])(
    '%j is none',
    (text) => {
      expect(parsePrefix(text)).toBeUndefined();
    },
  );
});
