import { describe, expect, it } from 'vitest';
import { createClientTallies } from './client-tallies.ts';
import { COUNTER, type Counters, createCounters } from './counters.ts';
import { keepDnsThread } from './dns-thread.ts';
import { STEP } from './patch-format.ts';
import { usualRateLimits } from './rate-limit.ts';
import { usualTcpLimits } from './tcp-connection.ts';
import type { FromThread } from './thread-messages.ts';

// Threads start twice in each, which takes its time on a busy machine.
describe('the DNS thread', { timeout: 90_000 }, () => {
  it('is started again and told everything anew when it ends by a fault', async () => {
    const counters = createCounters();
    const messages: FromThread[] = [];
    const causes: unknown[] = [];
    let starts = 0;
    // Without counters it stumbles over the first patch.
    const data = {
      seed: 1,
      counters: undefined as unknown as Counters,
      tallies: createClientTallies(0),
      told: { cookieSecret: new Uint8Array(16), identity: {}, subnetTrust: [] },
      rateLimits: usualRateLimits,
      tcpLimits: usualTcpLimits,
      queryLog: undefined,
      io: 'auto' as const,
      shares: 'no' as const,
    };
    const thread = keepDnsThread({
      data,
      restartMs: 1,
      greeting: () => {
        starts += 1;
        const bytes = Buffer.from(new ArrayBuffer(5));
        bytes[0] = STEP.RESET;
        return [
          { kind: 'patch', bytes },
          { kind: 'listen', addresses: [{ address: '127.0.0.1', port: 0 }] },
        ];
      },
      onMessage: (message) => messages.push(message),
      onEnded: (cause) => {
        causes.push(cause);
        data.counters = counters;
      },
    });
    try {
      await expect.poll(() => messages.at(-1), { timeout: 40_000 }).toEqual({ kind: 'settled' });
      expect(starts).toBe(2);
      expect(causes).toMatchObject([{ name: 'TypeError' }]);
      expect(counters[COUNTER.PATCHES]).toBe(1);
    } finally {
      await thread.close();
    }
    expect(causes).toHaveLength(1);
  });

  it.each(['ffi', 'dgram'] as const)('gives up its ports when it ends by a fault, by node:%s', async (io) => {
    const messages: FromThread[] = [];
    let port = 0;
    const data = {
      seed: 1,
      counters: createCounters(),
      tallies: createClientTallies(0),
      told: { cookieSecret: new Uint8Array(16), identity: {}, subnetTrust: [] },
      rateLimits: usualRateLimits,
      tcpLimits: usualTcpLimits,
      queryLog: undefined,
      io,
      shares: 'no' as const,
    };
    const thread = keepDnsThread({
      data,
      restartMs: 1,
      greeting: () => [{ kind: 'listen', addresses: [{ address: '127.0.0.1', port }] }],
      onMessage: (message) => messages.push(message),
      onEnded: () => messages.splice(0),
    });
    const listening = () => messages.find((message) => message.kind === 'listening')?.sockets ?? [];
    try {
      await expect.poll(listening, { timeout: 40_000 }).toHaveLength(2);
      port = listening()[0]?.port ?? 0;
      const before = listening();
      thread.tell({ kind: 'listen', addresses: undefined as never });
      await expect.poll(() => messages.length, { timeout: 40_000 }).toBe(0);
      await expect.poll(listening, { timeout: 40_000 }).toEqual(before);
    } finally {
      await thread.close();
    }
  });
});
