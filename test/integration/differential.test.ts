import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom, type Random } from '#test/differential/random.ts';
import { rules } from '#test/differential/rules.ts';
import { differenceText, runDifferential } from '#test/differential/run.ts';
import { startOurs, startReference } from '#test/differential/servers.ts';
import { makeWorld, type World } from '#test/differential/world.ts';
import type { Bind } from '#test/support/bind.ts';
import type { Endpoint } from '#test/support/dns-exchange.ts';

const stop = new AbortController();
let world: World;
let random: Random;
let bind: Bind;
let ours: Endpoint;

beforeAll(async () => {
  random = createRandom(5);
  world = makeWorld(random, 300);
  bind = await startReference(world);
  ours = await startOurs(world, stop.signal);
});
afterAll(async () => {
  stop.abort();
  await bind?.close();
});

it('BIND and we answer 4,000 generated questions alike, but for differences that have a reason', async () => {
  const result = await runDifferential({ world, random, count: 4000, ours, theirs: bind });
  expect(result.unexplained.map(differenceText)).toEqual([]);
  expect(result.silences).toBe(0);
  // A rule that explains most questions would hide what it should not.
  for (const [name, times] of result.explained) expect(`${name}: ${times < 600}`).toBe(`${name}: true`);
  expect(rules.length).toBeGreaterThanOrEqual(result.explained.size);
});
