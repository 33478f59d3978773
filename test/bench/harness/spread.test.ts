import { expect, test } from 'vitest';
import { spread, spreadRow } from './spread.ts';

const values = [11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

test('a spread is where the middle, four of five and the ends lie, in whatever order they came', () => {
  expect(spread(values)).toEqual({ n: 11, median: 6, p10: 2, p90: 10, min: 1, max: 11 });
});

test('differences may be negative', () => {
  expect(spread([-3, -1, 5])).toMatchObject({ median: -1, min: -3, max: 5 });
});

test('a row has the figures in the order of its head, rounded', () => {
  expect(spreadRow('pods', [1.26, 2, 3.04], 1)).toEqual(['pods', '3', '2.0', '1.4', '2.8', '1.3', '3.0']);
});
