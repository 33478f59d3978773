import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attackTcp, attackUdp } from '#test/differential/attack.ts';
import { createRandom, type Random } from '#test/differential/random.ts';
import { startOurs } from '#test/differential/servers.ts';
import { makeWorld, type World } from '#test/differential/world.ts';
import type { Endpoint } from '#test/support/dns-exchange.ts';

describe.each(['ffi', 'dgram'] as const)('mutated messages over %s', (io) => {
  const stop = new AbortController();
  let random: Random;
  let world: World;
  let server: Endpoint;

  beforeAll(async () => {
    random = createRandom(9);
    world = makeWorld(random, 200);
    server = await startOurs(world, stop.signal, { io });
  });
  afterAll(() => stop.abort());

  it.each([
    ['UDP', attackUdp, 20_000, 200],
    ['TCP', attackTcp, 2000, 40],
  ])('and legal questions in between get legal replies: %s', async (_, attack, count, probes) => {
    const result = await attack({ world, random, server, count });
    expect(result).toMatchObject({ faults: [], sent: count, probes });
    expect(result.replies).toBeGreaterThan(count / 20);
  });
});
