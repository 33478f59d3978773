import { expect, test } from 'vitest';
import { dataFrame, frameReader } from './port-forward-frames.ts';

test('the port number at the start of each channel is not data', () => {
  const read = frameReader();
  expect(read(Buffer.from([0, 0x75, 0x1f]))).toEqual({ kind: 'none' });
  expect(read(Buffer.from([1, 0x75, 0x1f]))).toEqual({ kind: 'none' });
  expect(read(Buffer.from([0, 0x75, 0x1f]))).toEqual({ kind: 'data', bytes: Buffer.from([0x75, 0x1f]) });
  expect(read(Buffer.from('\u0001connection refused\n'))).toEqual({
    kind: 'error',
    text: 'connection refused',
  });
});

test.each([[[]], [[0]], [[2, 1, 2, 3]], [[255, 0]]])('a message of bytes %j carries nothing', (bytes) => {
  expect(frameReader()(Buffer.from(bytes))).toEqual({ kind: 'none' });
});

test('what is sent names its channel', () => {
  expect([...dataFrame(Buffer.from('ab'))]).toEqual([0, 97, 98]);
});
