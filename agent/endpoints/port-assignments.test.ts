import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PortAssignments } from './port-assignments.ts';
import type { PortKey } from './remote-endpoint.ts';

const key = (name: string, peer = 'us'): PortKey => ({ peer, endpoint: `us/${name}/80` });
const assignments = (first = 20_000, last = 20_003, now = () => 0) =>
  new PortAssignments({ first, last, start: 0, now });

test('one endpoint has one port in all its Services, until the last lets it go', () => {
  const ports = assignments();
  expect(ports.claim('a/x', [key('1')])).toBe(true);
  expect(ports.claim('a/y', [key('1')])).toBe(false);
  expect(ports.portOf(key('1'))).toBe(20_000);
  expect(ports.claim('a/x', [])).toBe(false);
  expect(ports.portOf(key('1'))).toBe(20_000);
  expect(ports.claim('a/y', [])).toBe(true);
  expect(ports.portOf(key('1'))).toBeUndefined();
});

test('a freed port rests for five minutes, but for the endpoint that had it', () => {
  let nowMs = 0;
  const ports = assignments(20_000, 20_000, () => nowMs);
  ports.claim('a', [key('1')]);
  ports.claim('a', [key('2')]);
  expect(ports.portOf(key('2'))).toBeUndefined();
  ports.claim('a', [key('1')]);
  expect(ports.portOf(key('1'))).toBe(20_000);
  ports.claim('a', []);
  nowMs = 299_999;
  ports.claim('b', [key('2')]);
  expect(ports.portOf(key('2'))).toBeUndefined();
  nowMs = 300_000;
  ports.claim('b', [key('2')]);
  expect(ports.portOf(key('2'))).toBe(20_000);
});

test.each([
  ['a port out of range', 19_999, key('9'), false],
  ['no port at all', Number.NaN, key('9'), false],
  ['a port of another endpoint', 20_001, key('9'), false],
  ['a second port of an endpoint', 20_002, key('1'), false],
  ['what is known already', 20_001, key('1'), true],
  ['a free port', 20_003, key('9'), true],
])('a record of %s', (_, port, recorded, taken) => {
  const ports = assignments();
  ports.adopt('s', key('1'), 20_001);
  expect(ports.adopt('t', recorded, port)).toBe(taken);
});

const owner = fc.constantFrom('a', 'b', 'c', 'd');
const keys = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.constantFrom('us', 'apac')), {
  maxLength: 6,
  selector: String,
});
test('whatever is claimed: ports are unique, claimed ones keep theirs, and a restart keeps all', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(owner, keys, fc.integer({ min: 0, max: 400_000 })), { maxLength: 40 }),
      (steps) => {
        let nowMs = 0;
        let ports = assignments(20_000, 20_023, () => nowMs);
        const claims = new Map<string, readonly PortKey[]>();
        for (const [of, names, passMs] of steps) {
          nowMs += passMs;
          const before = new Map(ports.entries().map(({ port, ...entry }) => [JSON.stringify(entry), port]));
          const wanted = names.map(([name, peer]) => key(String(name), peer));
          claims.set(of, wanted);
          ports.claim(of, wanted);
          const entries = ports.entries();
          expect(new Set(entries.map(({ port }) => port)).size).toBe(entries.length);
          for (const { port, ...entry } of entries)
            expect(before.get(JSON.stringify(entry)) ?? port).toBe(port);
        }
        const recorded = [...claims].flatMap(([of, wanted]) =>
          wanted.map((entry) => ({ of, entry, port: ports.portOf(entry) })),
        );
        ports = new PortAssignments({ first: 20_000, last: 20_023, start: 0.7, now: () => nowMs });
        for (const { of, entry, port } of recorded) if (port !== undefined) ports.adopt(of, entry, port);
        for (const [of, wanted] of claims) ports.claim(of, wanted);
        for (const { entry, port } of recorded)
          if (port !== undefined) expect(ports.portOf(entry)).toBe(port);
      },
    ),
  );
});
