import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatQuantity, parseQuantity } from './quantity.ts';

test.each<[string | number, bigint | undefined]>([
  ['1', 1000n],
  [2, 2000n],
  [0.5, 500n],
  ['100m', 100n],
  ['1.5', 1500n],
  ['.5', 500n],
  ['5.', 5000n],
  ['1u', 1n],
  ['1Gi', 1073741824000n],
  ['1.5Ki', 1536000n],
  ['1k', 1000000n],
  ['1e3', 1000000n],
  ['1E', 10n ** 21n],
  ['12E-1', 1200n],
  ['+3', 3000n],
  ['0', 0n],
  ['', undefined],
  ['.', undefined],
  ['-1', undefined],
  ['1GB', undefined],
  ['one', undefined],
])('%j is %s thousandths', (text, amount) => {
  expect(parseQuantity(text)).toBe(amount);
});

test.each([
  [800n, '800m'],
  [1000n, '1'],
  [1073741824000n, '1Gi'],
  [16n * 1048576000n, '16Mi'],
  [50000n, '50'],
  [0n, '0'],
])('%s thousandths are %j', (amount, text) => {
  expect(formatQuantity(amount)).toBe(text);
});

test('a written amount is read back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 1n << 70n }), (amount) => {
      expect(parseQuantity(formatQuantity(amount))).toBe(amount);
    }),
  );
});
