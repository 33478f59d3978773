import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '#core/probe/outcome.ts';
import { type ProbeTarget, targetName } from '#core/probe/target.ts';
import { type Prober, startProber } from './start-prober.ts';

const tcp = (address: string, port = 80): ProbeTarget => ({ address, spec: { type: 'tcp', port } });
const page = (address: string, host: string, port = 80): ProbeTarget => ({
  address,
  spec: { type: 'http', port, path: '/', host },
});
const passed: Outcome = { kind: 'passed' };
const refused: Outcome = { kind: 'refused', why: 'connection refused' };
const silent: Outcome = { kind: 'silent', why: 'no answer in 500 ms' };
const one = tcp('192.0.2.1');

describe('the prober', () => {
  let ending: AbortController;
  let prober: Prober;
  /** By name; what is not there passes. */
  let found: Map<string, Outcome>;
  let made: { readonly name: string; readonly atMs: number }[];
  let moved: string[];
  let running: number;
  let mostRunning: number;
  beforeEach(() => {
    vi.useFakeTimers();
    ending = new AbortController();
    found = new Map();
    made = [];
    moved = [];
    running = 0;
    mostRunning = 0;
    begin();
  });
  const begin = (before?: ReturnType<Prober['words']>): void => {
    prober = startProber(
      {
        now: () => performance.now(),
        random: () => 0.5,
        onMoved: (names) => moved.push(...names),
        probe: async (target, timeoutMs, signal) => {
          const name = targetName(target);
          made.push({ name, atMs: performance.now() });
          running += 1;
          mostRunning = Math.max(mostRunning, running);
          const outcome = found.get(name) ?? passed;
          if (outcome.kind === 'silent') {
            const { promise, resolve } = Promise.withResolvers<void>();
            const timer = setTimeout(resolve, timeoutMs);
            signal.addEventListener('abort', () => clearTimeout(timer));
            await promise;
          }
          running -= 1;
          return outcome;
        },
        ...(before === undefined ? {} : { before }),
      },
      ending.signal,
    );
  };
  afterEach(() => {
    ending.abort();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
  const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);
  const timesMade = (target: ProbeTarget) => made.filter(({ name }) => name === targetName(target)).length;

  it('probes each target once a second, however often it is wanted', async () => {
    prober.want(one, true);
    prober.want(one, false);
    await pass(9.6);
    expect(made.length).toBeGreaterThanOrEqual(10);
    expect(made.length).toBeLessThanOrEqual(11);
  });

  it('goes on from what the process before knew: what was down is down until it passes twice', async () => {
    const [good, dead, never] = [one, tcp('192.0.2.2'), tcp('192.0.2.3')];
    for (const target of [good, dead, never]) prober.want(target, true);
    found.set(targetName(never), refused);
    await pass(2);
    found.set(targetName(dead), refused);
    await pass(4);
    const words = prober.words();
    expect([...words.keys()].sort()).toEqual([targetName(good), targetName(dead)]);
    ending.abort();
    ending = new AbortController();
    begin(structuredClone(words));
    for (const target of [good, dead, never]) prober.want(target, true);
    const up = () => [good, dead, never].map((target) => prober.verdict(target).up);
    expect(up()).toEqual([true, false, true]);
    await pass(3);
    expect(up()).toEqual([true, false, true]);
    found.clear();
    found.set(targetName(good), refused);
    await pass(4);
    expect(up()).toEqual([false, true, true]);
  });

  it('stops when a target is dropped', async () => {
    prober.want(one, true);
    await pass(2);
    prober.drop(one);
    made = [];
    await pass(3);
    expect(made).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes down what has passed within 3 s of its death, whenever that is, and up after two successes', async () => {
    prober.want(one, true);
    for (let round = 0; round < 10; round += 1) {
      await pass(5.09);
      expect(prober.verdict(one)).toEqual({ up: true });
      found.set(targetName(one), silent);
      await pass(3);
      expect(prober.verdict(one)).toEqual({
        up: false,
        why: 'probe tcp:80 failed 3 times: no answer in 500 ms',
        answered: false,
      });
      found.delete(targetName(one));
      await pass(2.5);
    }
  });

  it('takes nothing down that has never passed, and says so after 30 s', async () => {
    found.set(targetName(one), refused);
    prober.want(one, true);
    await pass(29);
    expect(prober.verdict(one)).toEqual({ up: true });
    expect(moved).toEqual([]);
    await pass(3);
    expect(prober.verdict(one)).toEqual({ up: true, neverPassed: 'connection refused' });
    expect(moved).toEqual([targetName(one)]);
    found.clear();
    await pass(2);
    expect(prober.verdict(one)).toEqual({ up: true });
    expect(moved).toHaveLength(2);
  });

  it('is undecided until a target has passed, or is said never to have, or cannot be probed for 40 s', async () => {
    expect(prober.isUndecided(one)).toBe(false);
    prober.want(one, true);
    expect(prober.isUndecided(one)).toBe(true);
    await pass(1);
    expect(prober.isUndecided(one)).toBe(false);
    prober.drop(one);
    found.set(targetName(one), refused);
    prober.want(one, true);
    await pass(29);
    expect(prober.isUndecided(one)).toBe(true);
    await pass(3);
    expect(prober.isUndecided(one)).toBe(false);
    prober.drop(one);
    found.set(targetName(one), { kind: 'inconclusive', why: 'no sockets left' });
    prober.want(one, true);
    await pass(39);
    expect(prober.isUndecided(one)).toBe(true);
    await pass(1);
    expect(prober.isUndecided(one)).toBe(false);
  });

  it('tells of one failure to nobody, of the second that the next may take it down', async () => {
    prober.want(one, true);
    await pass(0.5);
    moved = [];
    found.set(targetName(one), refused);
    await pass(1);
    expect(moved).toEqual([]);
    await pass(0.7);
    expect(moved).toEqual([targetName(one)]);
    expect(prober.verdict(one)).toEqual({ up: true, mayChangeInSeconds: 1 });
    found.clear();
    await pass(1);
    expect(prober.verdict(one)).toEqual({ up: true });
    expect(moved).toHaveLength(2);
  });

  it('learns nothing from probes that this machine could not make', async () => {
    prober.want(one, true);
    await pass(0.5);
    found.set(targetName(one), { kind: 'inconclusive', why: 'cannot try: EMFILE' });
    await pass(10);
    expect(prober.verdict(one)).toEqual({ up: true });
  });

  describe('of requests', () => {
    const hosts = Array.from({ length: 300 }, (_, index) => page('192.0.2.1', `h${index}.example.com`));
    const first = hosts[0] as ProbeTarget;

    it('asks each host, and takes down only the one that fails', async () => {
      for (const host of hosts) prober.want(host, false);
      await pass(2);
      found.set(targetName(first), { kind: 'status', why: 'status 503' });
      await pass(5);
      expect(prober.verdict(first)).toEqual({
        up: false,
        why: 'probe http:80/ for h0.example.com failed 3 times: status 503',
        answered: true,
      });
      expect(hosts.slice(1).every((host) => prober.verdict(host).up)).toBe(true);
    });

    it('takes all down by the connection that they need, and asks none of them until it is back', async () => {
      for (const host of hosts) prober.want(host, false);
      await pass(3);
      moved = [];
      for (const target of [one, ...hosts]) found.set(targetName(target), silent);
      await pass(3.1);
      expect(prober.verdict(first)).toMatchObject({ up: false, why: expect.stringContaining('tcp:80') });
      expect(new Set(moved)).toEqual(new Set(hosts.map(targetName)));
      await pass(2);
      made = [];
      await pass(5);
      expect(new Set(made.map(({ name }) => name))).toEqual(new Set([targetName(one)]));
      expect(prober.statistics().nodes).toEqual([]);
      expect(prober.statistics().targets).toEqual({ unknown: 0, up: 0, down: 300 });
      found.clear();
      await pass(5);
      expect(hosts.every((host) => prober.verdict(host).up)).toBe(true);
      expect(hosts.every((host) => timesMade(host) > 0)).toBe(true);
    });

    it('drops the connection with the last of them', async () => {
      prober.want(first, false);
      await pass(1);
      expect(timesMade(one)).toBeGreaterThan(0);
      prober.drop(first);
      made = [];
      await pass(3);
      expect(made).toEqual([]);
    });

    it('believes no connection about a request that has never passed', async () => {
      prober.want(one, true);
      found.set(targetName(first), refused);
      await pass(1);
      found.set(targetName(one), refused);
      prober.want(first, false);
      await pass(5);
      expect(prober.verdict(one).up).toBe(false);
      expect(prober.verdict(first).up).toBe(true);
    });
  });

  it('is not kept from its nodes by thousands of others that say nothing', async () => {
    prober.want(one, true);
    for (let index = 0; index < 10_000; index += 1) {
      const target = page(`198.51.${100 + (index >> 8)}.${index & 255}`, `h${index}.example.com`);
      prober.want(target, false);
      found.set(targetName(target), silent);
      found.set(targetName({ ...target, spec: { type: 'tcp', port: 80 } }), silent);
    }
    await pass(20);
    expect(mostRunning).toBe(97);
    expect(timesMade(one)).toBeGreaterThanOrEqual(19);
    const perSecond = made.length / 20;
    expect(perSecond).toBeGreaterThan(170);
    expect(perSecond).toBeLessThan(200);
    expect(made.some(({ name }) => name.includes('http'))).toBe(true);
    expect(prober.statistics().nodes).toEqual([{ address: '192.0.2.1', verdict: 'up' }]);
    expect(prober.statistics().lateMs).toBeGreaterThan(1_000);
  });

  it('remembers for 10 min that a target was down when it was dropped', async () => {
    const lose = async () => {
      prober.want(one, true);
      await pass(3);
      found.set(targetName(one), refused);
      await pass(4);
      expect(prober.verdict(one).up).toBe(false);
      prober.drop(one);
    };
    await lose();
    await pass(500);
    prober.want(one, true);
    expect(prober.verdict(one).up).toBe(false);
    found.clear();
    await pass(2.5);
    expect(prober.verdict(one).up).toBe(true);
    await lose();
    await pass(601);
    prober.want(one, true);
    expect(prober.verdict(one).up).toBe(true);
  });
});
