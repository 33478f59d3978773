import { expect, it } from 'vitest';
import { COUNTER, countBatch, countReply, createCounters, readCounters } from './counters.ts';

it('replies are counted by response code and transport', () => {
  const counters = createCounters();
  countReply(counters, COUNTER.UDP4, 0);
  countReply(counters, COUNTER.UDP4, 23);
  countReply(counters, COUNTER.TCP6, 0);
  countReply(counters, COUNTER.TCP6, 0);
  expect(readCounters(counters)).toMatchObject({
    responses: { NOERROR: 3, BADCOOKIE: 1 },
    replies: [
      { transport: 'udp4', rcode: 'NOERROR', times: 1 },
      { transport: 'udp4', rcode: 'BADCOOKIE', times: 1 },
      { transport: 'tcp6', rcode: 'NOERROR', times: 2 },
    ],
  });
});

it('a batch counts once by its size, and each of its messages by its time', () => {
  const counters = createCounters();
  countBatch(counters, 1, 5e-6);
  countBatch(counters, 3, 60e-6);
  countBatch(counters, 65, 2);
  const { batchMessages, latencySeconds } = readCounters(counters).io;
  expect(batchMessages.counts).toEqual([1, 0, 1, 0, 0, 0, 0, 1]);
  expect(batchMessages.sum).toBe(69);
  expect(latencySeconds.counts).toEqual([1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65]);
  expect(latencySeconds.sum).toBeCloseTo(130, 3);
});

it('no two places overlap', () => {
  const { BATCH_SIZE, LATENCY, RCODE } = COUNTER;
  const { batchMessages, latencySeconds } = readCounters(createCounters()).io;
  expect(BATCH_SIZE + batchMessages.counts.length).toBeLessThanOrEqual(LATENCY);
  expect(LATENCY + latencySeconds.counts.length).toBeLessThanOrEqual(RCODE);
  expect(new Set(Object.values(COUNTER)).size).toBe(Object.values(COUNTER).length);
});
