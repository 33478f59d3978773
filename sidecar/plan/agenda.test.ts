import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAgenda } from './agenda.ts';

it('takes names when their time has come, earliest first, once', () => {
  const agenda = createAgenda();
  agenda.set('late', 30);
  agenda.set('early', 10);
  agenda.set('middle', 20);
  expect(agenda.nextMs()).toBe(10);
  expect(agenda.take(9)).toEqual([]);
  expect(agenda.take(20)).toEqual(['early', 'middle']);
  expect(agenda.take(20)).toEqual([]);
  expect(agenda.nextMs()).toBe(30);
});

it('holds of each name the time that was noted last, however often it moved', () => {
  const moves = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.option(fc.nat(50))), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(moves, fc.nat(50), (all, nowMs) => {
      const agenda = createAgenda();
      const expected = new Map<string, number>();
      for (const [name, atMs] of all) {
        agenda.set(name, atMs ?? undefined);
        if (atMs === null) expected.delete(name);
        else expected.set(name, atMs);
      }
      const due = [...expected].filter(([, atMs]) => atMs <= nowMs).map(([name]) => name);
      const later = [...expected.values()].filter((atMs) => atMs > nowMs);
      expect(agenda.take(nowMs).toSorted()).toEqual(due.sort());
      expect(agenda.nextMs()).toBe(later.length === 0 ? undefined : Math.min(...later));
    }),
  );
});
