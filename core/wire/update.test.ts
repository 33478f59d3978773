import { describe, expect, it } from 'vitest';
import { CLASS, OPCODE, TYPE } from './constants.ts';
import { message, sound } from './message.fixture.ts';
import type { RecordData } from './message.ts';
import { nameOf } from './name-text.ts';
import { buildUpdate, type Change, type Prerequisite } from './update.ts';

const zone = nameOf('example.com');
const name = nameOf('cloud.example.com');
const target = nameOf('gslb-ns-eu-cloud.example.com');
const ns: RecordData = { kind: 'NS', target };
const empty = { kind: 'empty' };

function sections(prerequisites: readonly Prerequisite[], changes: readonly Change[]) {
  const { answers, authorities, ...rest } = sound(buildUpdate({ id: 0x1234, zone, prerequisites, changes }));
  expect({ ...rest, answers: [], authorities: [] }).toEqual(
    message({ opcode: OPCODE.UPDATE, questions: [{ name: zone, type: TYPE.SOA, class: CLASS.IN }] }),
  );
  return { prerequisites: answers, changes: authorities };
}

describe('buildUpdate', () => {
  it.each<[Prerequisite, object]>([
    [
      { kind: 'nameInUse', name },
      { type: TYPE.ANY, class: CLASS.ANY, ttl: 0, rdata: empty },
    ],
    [
      { kind: 'nameNotInUse', name },
      { type: TYPE.ANY, class: CLASS.NONE, ttl: 0, rdata: empty },
    ],
    [
      { kind: 'rrsetExists', name, type: TYPE.NS },
      { type: TYPE.NS, class: CLASS.ANY, ttl: 0, rdata: empty },
    ],
    [
      { kind: 'rrsetAbsent', name, type: TYPE.NS },
      { type: TYPE.NS, class: CLASS.NONE, ttl: 0, rdata: empty },
    ],
    [
      { kind: 'rrsetIs', name, data: [ns] },
      { type: TYPE.NS, class: CLASS.IN, ttl: 0, rdata: ns },
    ],
  ])('writes the prerequisite %o', (prerequisite, record) => {
    expect(sections([prerequisite], []).prerequisites).toEqual([{ name, ...record }]);
  });

  it.each<[Change, object]>([
    [
      { kind: 'add', name, ttlSeconds: 30, data: ns },
      { type: TYPE.NS, class: CLASS.IN, ttl: 30, rdata: ns },
    ],
    [
      { kind: 'deleteRrset', name, type: TYPE.A },
      { type: TYPE.A, class: CLASS.ANY, ttl: 0, rdata: empty },
    ],
    [
      { kind: 'deleteName', name },
      { type: TYPE.ANY, class: CLASS.ANY, ttl: 0, rdata: empty },
    ],
    [
      { kind: 'deleteRecord', name, data: ns },
      { type: TYPE.NS, class: CLASS.NONE, ttl: 0, rdata: ns },
    ],
  ])('writes the change %o', (change, record) => {
    expect(sections([], [change]).changes).toEqual([{ name, ...record }]);
  });

  it('keeps the order of changes, and every record of a set', () => {
    const other: RecordData = { kind: 'NS', target: name };
    const written = sections(
      [{ kind: 'rrsetIs', name, data: [ns, other] }],
      [
        { kind: 'deleteRrset', name: target, type: TYPE.A },
        { kind: 'add', name: target, ttlSeconds: 30, data: { kind: 'A', address: '192.0.2.1' } },
        { kind: 'deleteRrset', name: target, type: TYPE.A },
      ],
    );
    expect(written.prerequisites.map(({ rdata }) => rdata)).toEqual([ns, other]);
    expect(written.changes.map((record) => record.class)).toEqual([CLASS.ANY, CLASS.IN, CLASS.ANY]);
  });

  it('refuses a set of no records as prerequisite: the server would see none at all', () => {
    expect(() =>
      buildUpdate({ id: 1, zone, prerequisites: [{ kind: 'rrsetIs', name, data: [] }], changes: [] }),
    ).toThrow('needs a record');
  });
});
