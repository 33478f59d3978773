import { expect, it } from 'vitest';
import { decideHost } from './decide-host.ts';
import { choiceText, worldOf } from './world.fixture.ts';

it('tells other clusters of a wildcard by a name of its own', () => {
  const input = worldOf('roundRobin | eu e1 | us');
  const host = { ...input.host, host: '*.cloud.example.com' };
  const us = { geoTag: 'us', state: 'answering', hosts: new Map([[host.host, ['198.51.100.1']]]) } as const;
  const { decision } = decideHost({ ...input, host, peers: [us] });
  expect(decision.answers.map(({ name, a }) => `${name} ${choiceText(a)}`)).toEqual([
    '*.cloud.example.com e1 u1',
    'localtargets-*.cloud.example.com e1',
  ]);
});

it('remembers for the next decision what that one asks for', () => {
  const good = decideHost(
    worldOf('failover eu | eu e1 | us u1 | was us#2 | lastGood z1 | policy failback=600'),
  );
  expect(good.remembered).toMatchObject({
    active: { geoTag: 'us', epoch: 2 },
    lastGood: ['198.51.100.1'],
    readyAgainMs: 1_000_000,
  });
  const bad = decideHost(worldOf('roundRobin | eu e1 unhealthy | lastGood z1 | policy allDown=all'));
  expect(bad.remembered).toEqual({ lastGood: ['203.0.113.1'] });
  const held = decideHost(worldOf('roundRobin | eu e1 held | us'));
  expect(held.remembered.releasedHoldMs).toBe(1_300_000);
});

it('shares one table of places among hosts whose clusters are in the same places', () => {
  const world = worldOf('geoip | eu e1 | us u1 | za z1 | places us=dc1 za=US');
  const tables = [world, { ...world, host: { ...world.host, ttlSeconds: 5 } }].map((input) => {
    const choice = decideHost(input).decision.answers[0]?.a;
    return choice?.kind === 'byPlace' ? choice.choiceOfPlace : [];
  });
  expect(tables[0]).toHaveLength(7);
  expect(tables[1]).toBe(tables[0]);
});

it('tells a silent member by a field, whatever the words are', () => {
  const { decision } = decideHost(worldOf('roundRobin | eu e1 | us u1 silent | za unknown'));
  expect(decision.steps[0]?.removed).toEqual([
    { geoTag: 'us', why: 'silent', silent: true },
    { geoTag: 'za', why: 'not heard yet' },
  ]);
});
