import { expect, it } from 'vitest';
import { decideHost } from './decide-host.ts';
import { worldOf } from './world.fixture.ts';

const messages = (world: string, coarse: boolean) => {
  const { remarks } = decideHost({ ...worldOf(world), ...(coarse ? { coarseClients: true } : {}) }).decision;
  return remarks.filter(({ reason }) => reason === 'CoarseClients').map(({ message }) => message);
};
const subnets = [expect.stringContaining('--ecs-trust')];
const draws = [expect.stringContaining('weights')];

it.each([
  ['weights', 'roundRobin eu=3 us=1 | eu e1 | us u1', draws],
  ['weights of which one cluster is left', 'roundRobin eu=3 us=1 | eu e1 | us', []],
  ['no weights', 'roundRobin | eu e1 | us u1', []],
  ['a limit without weights', 'roundRobin | eu e1 e2 | us u1 | policy limit=1', []],
  ['affinity', 'roundRobin | eu e1 | us u1 | policy affinity', subnets],
  ['geoip by place', 'geoip | eu e1 | us u1 | places eu=DE us=US', subnets],
  ['geoip of which one cluster is left', 'geoip | eu e1 | us | places eu=DE us=US', []],
  ['geoip by networks', 'geoip | eu e1 | us u1 | policy nets=10.1.0.0/16:us', subnets],
  ['failover', 'failover eu | eu e1 | us u1', []],
])('few networks and %s', (_, world, expected) => {
  expect(messages(world, true)).toEqual(expected);
  expect(messages(world, false)).toEqual([]);
});
