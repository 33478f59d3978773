import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MassDeletes } from './mass-delete.ts';

describe('mass deletes', () => {
  let ending: AbortController;
  let served: Set<string>;
  let told: number;
  let deletes: MassDeletes;
  const begin = (holdMs = 600_000): void => {
    deletes = new MassDeletes(
      {
        holdMs,
        now: () => ({ monotonicMs: Date.now(), wallMs: Date.now() }),
        onHold: () => {
          told += 1;
        },
      },
      ending.signal,
    );
  };
  const object = (key: string) => ({
    key,
    counts: key.startsWith('gslb'),
    put: (present: boolean) => void (present ? served.add(key) : served.delete(key)),
  });
  const names = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `gslb${i + from}`);
  const create = (...keys: string[]) => {
    for (const key of keys) deletes.applied(object(key));
  };
  const remove = (...keys: string[]) => {
    for (const key of keys) deletes.deleted(object(key));
  };
  beforeEach(() => {
    vi.useFakeTimers();
    ending = new AbortController();
    served = new Set();
    told = 0;
    begin();
  });
  afterEach(() => {
    ending.abort();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it.each([
    ['one of one', 1, 1, 0],
    ['nine of nine', 9, 9, 0],
    ['ten of ten', 10, 10, 10],
    ['ten of twenty, which is half', 20, 10, 10],
    ['eleven of twenty', 20, 11, 20],
    ['a hundred of a hundred', 100, 100, 100],
  ])('%s', (_title, all, gone, left) => {
    create(...names(all));
    remove(...names(gone));
    expect(served.size).toBe(left);
    expect(deletes.hold() !== undefined).toBe(left === all);
  });

  it('what goes over more than 10 s does not go together', () => {
    create(...names(30));
    remove(...names(10));
    vi.advanceTimersByTime(10_001);
    remove(...names(10, 10));
    expect(served.size).toBe(10);
    expect(deletes.hold()).toBeUndefined();
  });

  it('what had gone already comes back when the rest goes, and all go when the time is up', () => {
    create(...names(20));
    remove(...names(10));
    expect(served.size).toBe(10);
    vi.advanceTimersByTime(5_000);
    remove('gslb10');
    expect(served.size).toBe(20);
    expect(deletes.hold()).toEqual({
      reason: 'MassDelete',
      sinceMs: Date.now(),
      untilMs: Date.now() + 600_000,
    });
    expect([told, deletes.isHeld('gslb3'), deletes.isHeld('gslb15')]).toEqual([1, true, false]);
    vi.advanceTimersByTime(599_999);
    expect(served.size).toBe(20);
    vi.advanceTimersByTime(1);
    expect([served.size, told, deletes.hold()]).toEqual([9, 2, undefined]);
  });

  it('one that comes back is held no more, and the last one ends the hold', () => {
    create(...names(10));
    remove(...names(10));
    create(...names(9));
    expect(deletes.hold()).toBeDefined();
    expect(deletes.isHeld('gslb0')).toBe(false);
    create('gslb9');
    expect([deletes.hold(), served.size, told]).toEqual([undefined, 10, 2]);
    remove('gslb0');
    expect(served.size).toBe(9);
  });

  it('a deletion that follows 10 s later is meant', () => {
    create(...names(30));
    remove(...names(20));
    vi.advanceTimersByTime(10_001);
    remove('gslb29');
    expect(served.has('gslb29')).toBe(false);
    expect(served.has('gslb0')).toBe(true);
  });

  it('a CRD that goes holds everything from the first, however few and slow', () => {
    create('gslb0', 'gslb1', 'zone');
    deletes.setKind('gslbs.k8gb.io', false);
    remove('gslb0');
    vi.advanceTimersByTime(60_000);
    remove('gslb1', 'zone');
    expect([...served]).toEqual(['gslb0', 'gslb1', 'zone']);
    expect(deletes.hold()?.reason).toBe('CrdDeleted');
    deletes.setKind('gslbs.k8gb.io', true);
    create('gslb0', 'gslb1', 'zone');
    expect([deletes.hold(), served.size]).toEqual([undefined, 3]);
  });

  it('a CRD that goes brings back what went just before, of every kind', () => {
    create('gslb0', 'zone');
    remove('zone', 'gslb0');
    expect(served.size).toBe(0);
    deletes.setKind('gslbs.k8gb.io', false);
    expect(served.size).toBe(2);
  });

  it('a CRD that was never there, and one of which there is nothing, hold nothing', () => {
    deletes.setKind('gslbs.k8gb.io', false);
    expect([deletes.hold(), told]).toEqual([undefined, 0]);
  });

  it('a zone alone is no mass, but is held with one', () => {
    create(...names(10), 'zone', 'other');
    remove('zone');
    expect(served.has('zone')).toBe(false);
    remove(...names(10), 'other');
    expect([served.has('zone'), served.has('other')]).toEqual([true, true]);
  });

  it('holds nothing when it is turned off', () => {
    begin(0);
    create(...names(10));
    deletes.setKind('gslbs.k8gb.io', false);
    remove(...names(10));
    expect([served.size, told]).toEqual([0, 0]);
  });

  describe('after a restart', () => {
    const hold = () =>
      ({ reason: 'MassDelete', sinceMs: Date.now() - 60_000, untilMs: Date.now() + 30_000 }) as const;
    const restore = (...keys: string[]) => deletes.restore(hold(), keys.map(object));

    it('holds on, until the time is up', () => {
      const then = hold();
      restore('gslb0', 'zone');
      create('gslb1');
      expect([[...served], deletes.hold(), told]).toEqual([['gslb0', 'zone', 'gslb1'], then, 1]);
      vi.advanceTimersByTime(29_999);
      expect(served.size).toBe(3);
      vi.advanceTimersByTime(1);
      expect([[...served], deletes.hold(), told]).toEqual([['gslb1'], undefined, 2]);
    });

    it('holds no more what is there again, and lets go what a person deletes', () => {
      restore('gslb0', 'gslb1');
      create('gslb0', 'gslb2');
      remove('gslb2', 'gslb0');
      expect([...served]).toEqual(['gslb1']);
      create('gslb1');
      expect(deletes.hold()).toBeUndefined();
    });

    it('lets go when it is told to', () => {
      restore('gslb0');
      deletes.release();
      expect([served.size, deletes.hold()]).toEqual([0, undefined]);
    });

    it.each([
      ['is over', 600_000, -1],
      ['is turned off', 0, 30_000],
    ])('does not when the hold %s', (_, holdMs, leftMs) => {
      begin(holdMs);
      deletes.restore({ ...hold(), untilMs: Date.now() + leftMs }, [object('gslb0')]);
      expect([served.size, deletes.hold(), told]).toEqual([0, undefined, 0]);
    });
  });
});
