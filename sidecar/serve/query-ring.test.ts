import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { question } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { COUNTER } from './counters.ts';
import { createQueryReader, createQueryRecorder, createQueryRing } from './query-ring.ts';

const asked = createClient(COUNTER.UDP4);
asked.address.set([192, 0, 2, 1, 9, 9]);
asked.port = 40_000;
asked.rcode = 16;

function ring() {
  const memory = createQueryRing();
  return { ...createQueryRecorder(memory), take: createQueryReader(memory) };
}

describe('the ring of queries', () => {
  it('gives what was recorded, once', () => {
    const { record, take } = ring();
    const bytes = question('App.cloud.example.com', { type: 28 });
    expect(record(asked, 'slip', bytes, bytes.length, 99, 1234.5)).toBe(true);
    const taken = take();
    expect(taken).toEqual({
      timeMs: 1234.5,
      address: Uint8Array.of(192, 0, 2, 1),
      port: 40_000,
      transport: 'udp4',
      name: new Uint8Array(bytes.subarray(12, -4)),
      type: 28,
      class: 1,
      rcode: 16,
      queryBytes: bytes.length,
      replyBytes: 99,
      verdict: 'slip',
    });
    expect(take()).toBeUndefined();
  });

  it('keeps the order, refuses what it has no room for, and goes on after', () => {
    const { record, take } = ring();
    const bytes = question('a.example');
    const put = (time: number) => record(asked, 'slip', bytes, bytes.length, 0, time);
    let refused = 0;
    for (let time = 0; time < 20_000; time += 1) if (!put(time)) refused += 1;
    expect(refused).toBe(20_000 - 8192);
    for (let time = 0; time < 8192; time += 1) expect(take()?.timeMs).toBe(time);
    expect(take()).toBeUndefined();
    for (let time = 0; time < 20_000; time += 1) {
      put(time);
      expect(take()?.timeMs).toBe(time);
    }
  });

  it('takes any octets for a query', () => {
    const { record, take } = ring();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (bytes, length) => {
        const counted = Math.min(length, bytes.length);
        expect(record(asked, 'slip', bytes, counted, 0, 1)).toBe(true);
        const name = take()?.name;
        expect(name?.length).toBeLessThanOrEqual(Math.max(0, counted - 16));
        expect(name).toEqual(bytes.slice(12, 12 + (name?.length ?? 0)));
      }),
    );
  });
});
