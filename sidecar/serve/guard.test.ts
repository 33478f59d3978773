import { describe, expect, it } from 'vitest';
import { question, reply, serve } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { COUNTER, createCounters, readCounters } from './counters.ts';
import { guarded } from './guard.ts';
import { createQueryReader, createQueryRecorder, createQueryRing } from './query-ring.ts';
import type { Verdict } from './rate-limit.ts';

const refusal = reply(serve([{ zones: [] }]), question('app.example')) ?? Buffer.alloc(0);

/** A guard before an answerer that always refuses, with a limiter that says what it is told. */
function started(verdict: Verdict, oneIn?: number) {
  const counters = createCounters();
  const ring = createQueryRing();
  let judged = 0;
  const answer = guarded({
    answer: (_bytes, length, _client, out) => {
      refusal.copy(out);
      return length === 0 ? 0 : refusal.length;
    },
    limiter: {
      judge: () => {
        judged += 1;
        return verdict;
      },
    },
    counters,
    queryLog: oneIn === undefined ? undefined : { recorder: createQueryRecorder(ring), oneIn },
  });
  const ask = (parts: {
    readonly transport?: number;
    readonly cookieValid?: boolean;
    readonly length?: number;
  }) => {
    const { transport = COUNTER.UDP4, length = 29 } = parts;
    const client = Object.assign(createClient(transport), { cookieValid: parts.cookieValid ?? false });
    return answer(question('app.example'), length, client, Buffer.alloc(1232));
  };
  return {
    ask,
    judged: () => judged,
    take: createQueryReader(ring),
    log: () => readCounters(counters).queryLog,
  };
}

describe('the guard', () => {
  it('sends what the limiter lets pass and nothing that it drops', () => {
    expect(started('send').ask({})).toBe(refusal.length);
    expect(started('slip').ask({})).toBe(refusal.length);
    expect(started('drop').ask({})).toBe(0);
  });

  it.each([
    ['TCP over IPv4', { transport: COUNTER.TCP4 }],
    ['TCP over IPv6', { transport: COUNTER.TCP6 }],
    ['a client with a valid cookie', { cookieValid: true }],
  ])('does not limit %s', (_title, parts) => {
    const { ask, judged } = started('drop');
    expect(ask(parts)).toBe(refusal.length);
    expect(judged()).toBe(0);
  });

  it('does not count against a client what gets no reply', () => {
    const { ask, judged } = started('drop');
    expect(ask({ length: 0 })).toBe(0);
    expect(judged()).toBe(0);
  });

  it('logs one query in so many, also silent and dropped ones', () => {
    const { ask, take, log } = started('drop', 3);
    for (let k = 1; k <= 7; k += 1) ask(k === 3 ? { length: 0 } : {});
    expect(take()).toMatchObject({ replyBytes: 0, verdict: 'send' });
    expect(take()).toMatchObject({ replyBytes: refusal.length, verdict: 'drop' });
    expect(take()).toBeUndefined();
    expect(log()).toEqual({ taken: 2, lost: 0 });
  });

  it('counts what the log has no room for', () => {
    const { ask, log } = started('send', 1);
    for (let k = 0; k < 8200; k += 1) ask({});
    expect(log()).toEqual({ taken: 8192, lost: 8 });
  });
});
