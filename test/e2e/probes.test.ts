import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TYPE } from '#core/wire/constants.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { must } from '#tools/playground/world/command.ts';
import { inNetwork } from '#tools/playground/world/network.ts';

const host = 'liqo.cloud.example.com';
const eventually = { timeout: 60_000, interval: 250 };

/** What a server was seen to answer, by the time since watching began, ms. */
interface Sight {
  readonly atMs: number;
  readonly addresses: readonly string[];
}

/** Asks servers for A of a name every 50 ms each, whatever becomes of earlier questions. */
function watchAnswers(servers: readonly string[], name: string) {
  const begin = performance.now();
  const socket = createSocket('udp4');
  const seen = new Map(servers.map((server) => [server, [] as Sight[]]));
  socket.on('message', (bytes, { address }) => {
    const message = readMessage(bytes);
    if (!message.ok) return;
    const addresses = message.value.answers.flatMap(({ rdata }) => (rdata.kind === 'A' ? rdata.address : []));
    seen.get(address)?.push({ atMs: performance.now() - begin, addresses: addresses.sort() });
  });
  const timer = setInterval(() => {
    for (const server of servers) {
      const id = randomInt(65_536);
      socket.send(buildQuery({ id, name: nameOf(name), type: TYPE.A, recursionDesired: false }), 53, server);
    }
  }, 50);
  return {
    seen,
    sinceMs: () => performance.now() - begin,
    /** When a server last answered with an address, ms; 0: never. */
    lastMs: (server: string, address: string) =>
      (seen.get(server) ?? []).findLast(({ addresses }) => addresses.includes(address))?.atMs ?? 0,
    /** When a server first answered with an address after a time, ms. */
    firstMs: (server: string, address: string, afterMs: number) =>
      (seen.get(server) ?? []).find(({ atMs, addresses }) => atMs > afterMs && addresses.includes(address))
        ?.atMs ?? Number.POSITIVE_INFINITY,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      socket.close();
    },
  };
}

describe('probes of the ingress', () => {
  let world: TestWorld;
  let all: readonly string[];
  let victim: string;
  let others: readonly string[];
  beforeAll(async () => {
    world = await raiseWorld({ instance: 'probes', scenario: 'one-name' });
    all = world.plan.clusters.flatMap(({ nodes }) => nodes.map(({ address }) => address)).sort();
    victim = world.node('gslb-eu-2').address;
    others = all.filter((address) => address !== victim);
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  const whole = () =>
    expect
      .poll(async () => {
        const answers = await Promise.all(all.map((server) => world.addresses(server, host)));
        return [...new Set(answers.map((addresses) => addresses.join(' ')))];
      }, eventually)
      .toEqual([all.join(' ')]);
  const report = (what: string, times: readonly number[]) =>
    process.stderr.write(`${what}: ${times.map((time) => `${(time / 1_000).toFixed(1)} s`).join(', ')}\n`);
  const stopIngress = (nodeSelector: object | null) =>
    world.kubectl(
      'eu',
      ...['patch', 'daemonset', '-n', 'ingress-nginx', 'ingress-nginx', '--type=merge', '-p'],
      JSON.stringify({ spec: { template: { spec: { nodeSelector } } } }),
    );

  test('a node that dies leaves every answer within 4 s, and is held back for 5 s when it returns', async () => {
    const gone: number[] = [];
    const back: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await whole();
      // At another moment between two probes each time.
      await sleep(round * 330);
      {
        using watch = watchAnswers(others, host);
        await world.unplug('gslb-eu-2');
        await sleep(7_000);
        for (const server of others) {
          gone.push(watch.lastMs(server, victim));
          expect(watch.seen.get(server)?.length).toBeGreaterThan(60);
          expect(watch.seen.get(server)?.at(-1)?.addresses).toEqual(others);
        }
      }
      using watch = watchAnswers(others, host);
      await world.plugIn('gslb-eu-2');
      await expect
        .poll(() => others.every((server) => Number.isFinite(watch.firstMs(server, victim, 0))), eventually)
        .toBe(true);
      for (const server of others) back.push(watch.firstMs(server, victim, 0));
    }
    report('a dead node left after', gone);
    report('it was back after', back);
    expect(Math.max(...gone)).toBeLessThan(4_000);
    expect(Math.min(...back)).toBeGreaterThan(5_000);
  }, 240_000);

  test('a node whose ingress is gone leaves every answer within 4 s', async () => {
    await whole();
    using watch = watchAnswers(all, host);
    await stopIngress({ 'kubernetes.io/hostname': 'gslb-eu-1' });
    const stoppedMs = watch.sinceMs();
    await sleep(7_000);
    const gone = all.map((server) => watch.lastMs(server, victim) - stoppedMs);
    report('an ingress that was stopped left after', gone);
    await stopIngress(null);
    expect(Math.max(...gone)).toBeLessThan(4_000);
    await whole();
  });

  test('a node that loses 20 % of its packets both ways stays in every answer for 60 s', async () => {
    await whole();
    const inNode = inNetwork(world.node('gslb-eu-2').namespace);
    const lose = 'numgen random mod 100 < 20 counter drop';
    await must([...inNode, 'nft', '-f', '-'], {
      input: `table inet loss {
        chain in { type filter hook prerouting priority -300; iifname "eth0" ${lose}; }
        chain out { type filter hook postrouting priority 300; oifname "eth0" ${lose}; }
      }`,
    });
    try {
      using watch = watchAnswers(others, host);
      await sleep(60_000);
      for (const server of others) {
        const sights = watch.seen.get(server) ?? [];
        expect(sights.length).toBeGreaterThan(500);
        expect(sights.filter(({ addresses }) => !addresses.includes(victim))).toEqual([]);
      }
      const rules = await must([...inNode, 'nft', 'list', 'table', 'inet', 'loss']);
      const lost = [...rules.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
      process.stderr.write(`packets lost, in and out: ${lost.join(', ')}\n`);
      expect(Math.min(...lost)).toBeGreaterThan(20);
    } finally {
      await must([...inNode, 'nft', 'delete', 'table', 'inet', 'loss']);
    }
  }, 180_000);
});
