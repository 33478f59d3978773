import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TYPE } from '#core/wire/constants.ts';
import type { AnswersPatch, NameAnswers } from '#sidecar/model/answers.ts';
import { cloud, fixed, inWords, manyAddresses, name, question, reply, serve } from './answers.fixture.ts';
import type { ServeProblem } from './errors.ts';
import type { Served } from './served.ts';

const app = (...addresses: readonly string[]) => name('app.cloud.example.com', { a: fixed(...addresses) });

function answer(served: Served, owner: string, type: number = TYPE.A): string {
  const { status, answers, authority } = inWords(reply(served, question(owner, { type })));
  return [
    status,
    ...answers.map((record) => record.split(' ').at(-1)),
    ...authority.map((record) => record.split(' ')[0]),
  ].join(' ');
}

describe('a patch', () => {
  it('adds, changes and removes a name and leaves the others alone', () => {
    const start = {
      zones: [cloud],
      names: [app('10.0.0.1'), name('b.cloud.example.com', { a: fixed('10.0.0.9') })],
    };
    const answered = (...patches: readonly Partial<AnswersPatch>[]) => {
      const served = serve([start, ...patches]);
      expect(answer(served, 'b.cloud.example.com')).toBe('NOERROR aa 10.0.0.9');
      return answer(served, 'app.cloud.example.com');
    };
    expect(answered()).toBe('NOERROR aa 10.0.0.1');
    expect(answered({ names: [app('10.0.0.2')] })).toBe('NOERROR aa 10.0.0.2');
    expect(answered({ names: [app(...manyAddresses(20))] })).toBe(
      `NOERROR aa ${manyAddresses(20).join(' ')}`,
    );
    expect(answered({ names: [app()] })).toBe('NOERROR aa cloud.example.com');
    expect(answered({ removed: ['app.cloud.example.com'] })).toBe('NXDOMAIN aa cloud.example.com');
    expect(answered({ removed: ['app.cloud.example.com'] }, { names: [app('10.0.0.3')] })).toBe(
      'NOERROR aa 10.0.0.3',
    );
    expect(answered({ removed: ['app.cloud.example.com'], names: [app('10.0.0.4')] })).toBe(
      'NOERROR aa 10.0.0.4',
    );
    expect(answered({ removed: ['never.cloud.example.com', 'app.elsewhere.org'] })).toBe(
      'NOERROR aa 10.0.0.1',
    );
  });

  it('takes names above away with the last name below', () => {
    const deep = name('x.y.z.cloud.example.com', { a: fixed('10.0.0.1') });
    const other = name('y.z.cloud.example.com', { a: fixed('10.0.0.2') });
    const start = { zones: [cloud], names: [deep, other] };
    const gone = serve([start, { removed: ['y.z.cloud.example.com'] }]);
    expect(answer(gone, 'y.z.cloud.example.com')).toBe('NOERROR aa cloud.example.com');
    expect(answer(gone, 'z.cloud.example.com')).toBe('NOERROR aa cloud.example.com');
    const kept = serve([start, { removed: ['x.y.z.cloud.example.com'] }]);
    expect(answer(kept, 'y.z.cloud.example.com')).toBe('NOERROR aa 10.0.0.2');
    const none = serve([start, { removed: ['y.z.cloud.example.com', 'x.y.z.cloud.example.com'] }]);
    expect(answer(none, 'y.z.cloud.example.com')).toBe('NXDOMAIN aa cloud.example.com');
    expect(answer(none, 'z.cloud.example.com')).toBe('NXDOMAIN aa cloud.example.com');
    expect(answer(none, 'cloud.example.com', TYPE.SOA)).toMatch('NOERROR aa');
    expect(none.table.size).toBe(1);
  });

  it('ends a wildcard', () => {
    const wildcard = name('*.w.cloud.example.com', { a: fixed('10.0.0.1') });
    const start = { zones: [cloud], names: [wildcard, name('x.w.cloud.example.com')] };
    expect(answer(serve([start]), 'foo.w.cloud.example.com')).toBe('NOERROR aa 10.0.0.1');
    const ended = serve([start, { removed: ['*.w.cloud.example.com'] }]);
    expect(answer(ended, 'foo.w.cloud.example.com')).toBe('NXDOMAIN aa cloud.example.com');
  });

  it('is not served half: names wait until zones are known', () => {
    const waiting = serve([{ names: [app('10.0.0.1')] }]);
    expect(answer(waiting, 'app.cloud.example.com')).toBe('SERVFAIL');
    const known = serve([{ names: [app('10.0.0.1')] }, { zones: [cloud] }]);
    expect(answer(known, 'app.cloud.example.com')).toBe('NOERROR aa 10.0.0.1');
  });

  it('with a zone that only changed replaces its apex', () => {
    const served = serve([
      { zones: [cloud], names: [app('10.0.0.1')] },
      { zones: [{ ...cloud, serial: 8, nameServers: ['ns.other.net'] }] },
    ]);
    expect(answer(served, 'app.cloud.example.com')).toBe('NOERROR aa 10.0.0.1');
    expect(answer(served, 'cloud.example.com', TYPE.NS)).toBe('NOERROR aa ns.other.net');
    expect(inWords(reply(served, question('cloud.example.com', { type: TYPE.SOA }))).answers).toEqual([
      'cloud.example.com 20 SOA ns.other.net hostmaster.cloud.example.com 8 20',
    ]);
  });

  it('with a new inner zone moves the names below to it, and back when it goes', () => {
    const inner = { ...cloud, name: 'eu.cloud.example.com' };
    const host = name('app.eu.cloud.example.com', { a: fixed('10.0.0.1') });
    const start = { zones: [cloud], names: [host] };
    const negative = (served: Served) => answer(served, 'nope.eu.cloud.example.com');
    expect(negative(serve([start]))).toBe('NXDOMAIN aa cloud.example.com');
    const both = serve([start, { zones: [inner, cloud] }]);
    expect(negative(both)).toBe('NXDOMAIN aa eu.cloud.example.com');
    expect(answer(both, 'app.eu.cloud.example.com')).toBe('NOERROR aa 10.0.0.1');
    expect(answer(both, 'app.eu.cloud.example.com', TYPE.AAAA)).toBe('NOERROR aa eu.cloud.example.com');
    const back = serve([start, { zones: [inner, cloud] }, { zones: [cloud] }]);
    expect(negative(back)).toBe('NXDOMAIN aa cloud.example.com');
    expect(answer(back, 'app.eu.cloud.example.com')).toBe('NOERROR aa 10.0.0.1');
  });

  it('keeps what lies between two zones of ours existing', () => {
    const inner = { ...cloud, name: 'a.b.cloud.example.com' };
    const served = serve([{ zones: [inner, cloud] }]);
    expect(answer(served, 'b.cloud.example.com')).toBe('NOERROR aa cloud.example.com');
  });

  it('that drops a zone has its names REFUSED until it is back', () => {
    const problems: ServeProblem[] = [];
    const start = { zones: [cloud], names: [app('10.0.0.1')] };
    const dropped = serve([start, { zones: [] }], (problem) => problems.push(problem));
    expect(answer(dropped, 'app.cloud.example.com')).toBe('REFUSED');
    expect(problems).toMatchObject([{ code: 'answers-refused' }]);
    const back = serve([start, { zones: [] }, { zones: [cloud] }], () => undefined);
    expect(answer(back, 'app.cloud.example.com')).toBe('NOERROR aa 10.0.0.1');
  });
});

describe('what no message can hold', () => {
  it.each([
    ['an address that is none', app('10.0.0.1', '10.0.0.256'), 'NOERROR aa 10.0.0.1'],
    ['an IPv6 address among IPv4 ones', app('fd00::1', '10.0.0.1'), 'NOERROR aa 10.0.0.1'],
    ['a name outside its zone', { ...app('10.0.0.1'), zone: 'example.org' }, 'NXDOMAIN aa cloud.example.com'],
    [
      'more addresses than a message is sure to hold',
      app(...manyAddresses(1001)),
      `NOERROR aa ${manyAddresses(1000).join(' ')}`,
    ],
  ])('is reported and left out: %s', (_, answers: NameAnswers, expected) => {
    const problems: ServeProblem[] = [];
    const served = serve([{ zones: [cloud], names: [answers] }], (problem) => problems.push(problem));
    const {
      status,
      answers: records,
      authority,
    } = inWords(reply(served, question('app.cloud.example.com'), { tcp: true }));
    const words = [
      ...records.map((record) => record.split(' ').at(-1)),
      ...authority.map((record) => record.split(' ')[0]),
    ];
    expect([status, ...words].join(' ')).toBe(expected);
    expect(problems).toMatchObject([{ code: 'answers-refused' }]);
  });

  it.each([
    ['a name', { zones: [cloud], names: [name('bad..cloud.example.com')] }],
    ['a zone', { zones: [{ ...cloud, name: 'x'.repeat(64) }, cloud] }],
    ['a name server', { zones: [{ ...cloud, name: 'other', nameServers: ['a b'] }, cloud] }],
    ['a zone without name servers', { zones: [{ ...cloud, name: 'other', nameServers: [] }, cloud] }],
  ])('is reported and the rest served: %s', (_, patch: Partial<AnswersPatch>) => {
    const problems: ServeProblem[] = [];
    const served = serve([patch], (problem) => problems.push(problem));
    expect(problems).toMatchObject([{ code: 'answers-refused' }]);
    expect(answer(served, 'cloud.example.com', TYPE.NS)).toMatch('NOERROR');
  });
});

describe('any sequence of patches', () => {
  const owners = ['a', 'b.a', 'c.b.a', 'x.c.b.a', '*.b.a', '*', 'd'].map(
    (owner) => `${owner}.cloud.example.com`,
  );
  const patch = fc.record({
    names: fc.array(
      fc
        .tuple(fc.constantFrom(...owners), fc.integer({ min: 0, max: 40 }))
        .map(([owner, count]) => name(owner, { a: fixed(...manyAddresses(count)) })),
      { maxLength: 4 },
    ),
    removed: fc.array(fc.constantFrom(...owners), { maxLength: 3 }),
  });

  it('ends in what one patch with its sum makes', () => {
    fc.assert(
      fc.property(fc.array(patch, { maxLength: 12 }), (patches) => {
        const sum = new Map<string, NameAnswers>();
        for (const { names, removed } of patches) {
          for (const owner of removed) sum.delete(owner);
          for (const answers of names) sum.set(answers.name, answers);
        }
        const stepwise = serve([{ zones: [cloud] }, ...patches]);
        const atOnce = serve([{ zones: [cloud], names: [...sum.values()] }]);
        for (const owner of [
          ...owners,
          'q.b.a.cloud.example.com',
          'q.r.cloud.example.com',
          'cloud.example.com',
        ]) {
          expect(answer(stepwise, owner)).toBe(answer(atOnce, owner));
        }
        expect(stepwise.table.size).toBe(atOnce.table.size);
        expect(stepwise.names).toBe(sum.size);
        const emptied = serve([{ zones: [cloud] }, ...patches, { removed: owners }]);
        expect(emptied.table.arena.sizeBytes).toBe(serve([{ zones: [cloud] }]).table.arena.sizeBytes);
      }),
      { numRuns: 100 },
    );
  });
});
