import { describe, expect, it } from 'vitest';
import { createAnswerer } from './answerer.ts';
import { cloud, fixed, inWords, manyAddresses, name, opt, question, settingsOf } from './answers.fixture.ts';
import { createClient } from './client.ts';
import { createCompiler } from './compiler.ts';
import { COUNTER, createCounters, readCounters } from './counters.ts';

function started() {
  const counters = createCounters();
  const failures: unknown[] = [];
  const answerer = createAnswerer({
    seed: 1,
    settings: settingsOf(),
    counters,
    onFailure: (error) => failures.push(error),
  });
  const compiler = createCompiler((problem) => {
    throw new Error(problem.message);
  });
  const bytes = compiler.compile({
    zones: [cloud],
    names: [name('app.cloud.example.com', { a: fixed(...manyAddresses(60)) })],
    removed: [],
  });
  if (bytes !== undefined) answerer.patch(bytes);
  return { answerer, counters, failures };
}

describe('the answerer', () => {
  it('counts what is asked and what is answered', () => {
    const { answerer, counters } = started();
    const out = Buffer.alloc(0xffff);
    const ask = (bytes: Buffer, transport: number) =>
      answerer.answer(bytes, bytes.length, createClient(transport), out);
    ask(question('app.cloud.example.com'), COUNTER.UDP4);
    ask(question('app.cloud.example.com'), COUNTER.TCP6);
    ask(question('nope.cloud.example.com'), COUNTER.UDP6);
    ask(question('nope.cloud.example.com', { additional: [opt({ version: 1 })] }), COUNTER.TCP4);
    ask(Buffer.alloc(5), COUNTER.UDP4);
    expect(readCounters(counters)).toMatchObject({
      queries: { udp4: 2, udp6: 1, tcp4: 1, tcp6: 1 },
      responses: { NOERROR: 2, NXDOMAIN: 1, BADVERS: 1 },
      truncated: 1,
      dropped: { silenced: 1 },
      failed: 0,
    });
  });

  it('says what it holds since when', () => {
    const before = Date.now();
    const { counters } = started();
    const { snapshot } = readCounters(counters);
    expect(snapshot).toMatchObject({ patches: 1, zones: 1, names: 1 });
    expect(snapshot.tableBytes).toBeGreaterThan(60 * 16);
    expect(snapshot.patchedAtMs).toBeGreaterThanOrEqual(before);
    expect(readCounters(createCounters()).snapshot.patchedAtMs).toBeUndefined();
  });

  it('answers SERVFAIL where it fails itself, and reports the first time', () => {
    const { answerer, counters, failures } = started();
    const asked = question('app.cloud.example.com', { flags: 0x0100 });
    const broken = new Proxy(asked, {
      get: (target, key) => {
        if (key === '12') throw new Error('fault');
        return Reflect.get(target, key);
      },
    });
    const out = Buffer.alloc(1232, 0xff);
    const sizes = [1, 2].map(() => answerer.answer(broken, asked.length, createClient(COUNTER.UDP4), out));
    expect(sizes).toEqual([12, 12]);
    expect(inWords(out.subarray(0, 12)).status).toBe('SERVFAIL rd');
    expect(failures).toHaveLength(1);
    expect(readCounters(counters)).toMatchObject({ failed: 2, responses: { SERVFAIL: 2 } });
    expect(
      answerer.answer(asked, asked.length, createClient(COUNTER.TCP4), Buffer.alloc(0xffff)),
    ).toBeGreaterThan(900);
  });
});
