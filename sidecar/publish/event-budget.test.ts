import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EventToRecord } from '#core/source/source.ts';
import { eventBudget } from './event-budget.ts';
import { gslb } from './gslb.fixture.ts';

let recorded: EventToRecord[];
let ending: AbortController;
let tell: (event: EventToRecord) => Promise<void>;
beforeEach(() => {
  vi.useFakeTimers();
  recorded = [];
  ending = new AbortController();
  tell = eventBudget(
    {
      record: async (event) => void recorded.push(event),
      summaryAbout: () => gslb({ kind: 'GslbCluster' }, { name: 'eu' }),
      now: () => performance.now(),
    },
    ending.signal,
  );
});
afterEach(() => {
  ending.abort();
  vi.useRealTimers();
});
const tellOf = (count: number, reason = 'TargetsChanged') => {
  for (let i = 0; i < count; i++)
    void tell({ type: 'Normal', reason, message: `of ${i}`, about: gslb({}, { name: `app-${i}` }) });
};

it('records events of few objects at once', () => {
  tellOf(50);
  expect(recorded).toHaveLength(50);
  vi.advanceTimersByTime(60_000);
  expect(recorded).toHaveLength(50);
});

it('sums up per reason what 10,000 objects have to tell at once, and says how many were left out', () => {
  tellOf(10_000);
  tellOf(2, 'Unhealthy');
  vi.advanceTimersByTime(10_000);
  expect(recorded).toHaveLength(52);
  expect(recorded.slice(50).map(({ reason, about }) => `${reason} ${about.kind}`)).toEqual([
    'TargetsChanged GslbCluster',
    'Unhealthy GslbCluster',
  ]);
  expect(recorded.slice(50).map(({ message }) => message)).toEqual([
    '9950 more of these within 10 s, without an event each: Gslb web/app-50, Gslb web/app-51, Gslb web/app-52 and others; their statuses say what happened',
    '2 more of these within 10 s, without an event each: Gslb web/app-0, Gslb web/app-1; their statuses say what happened',
  ]);
});

it('stays below 7 a second, however long it lasts', () => {
  tellOf(50);
  const before = recorded.length;
  for (let second = 0; second < 100; second++) {
    tellOf(100);
    vi.advanceTimersByTime(1000);
  }
  expect(recorded.length - before).toBeLessThan(700);
  expect(recorded.length - before).toBeGreaterThan(400);
});

it('records each again after a while of calm', () => {
  tellOf(60);
  vi.advanceTimersByTime(20_000);
  recorded.length = 0;
  tellOf(50);
  expect(recorded).toHaveLength(50);
});

it('says nothing after the end', () => {
  tellOf(60);
  ending.abort();
  vi.advanceTimersByTime(20_000);
  expect(recorded).toHaveLength(50);
});
