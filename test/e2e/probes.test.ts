import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TYPE } from '#core/wire/constants.ts';
import { nameOf } from '#core/wire/name-text.ts';
import { buildQuery } from '#core/wire/query.ts';
import { readMessage } from '#core/wire/read-message.ts';
import { eventually, gslbStage } from '#test/support/gslb-stage.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { must } from '#tools/playground/world/command.ts';
import { inNetwork } from '#tools/playground/world/network.ts';

const host = 'liqo.cloud.example.com';
/** The Gslb of the tutorial. */
const gslb = 'podinfo';

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

describe('probes of the ingress', { timeout: 240_000 }, () => {
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

  const stage = gslbStage(() => world);
  /** What both clusters tell of an address of eu that is out: eu itself why, us that eu gives it no longer. */
  const toldGone = async (why: string) => {
    const answers = `${host} answers ${others.join(', ')} \\(eu, us\\); before: ${all.join(', ')}`;
    await stage.eventsTell('eu', gslb, new RegExp(`^TargetWithheld: ${victim}: (${why}); ${answers}$`));
    const passed = `eu gives ${victim} no longer: its own Gslb says why`;
    await stage.eventsTell('us', gslb, new RegExp(`^TargetsChanged: ${answers}; ${passed}$`));
  };
  /** The statuses say that all is well: what happens next is told as a difference from that. */
  const wellTold = async () => {
    for (const cluster of ['eu', 'us'] as const)
      await stage.lineTells(cluster, 'gslbs.k8gb.io', gslb, new RegExp(`Healthy ${all.join(',')}$`));
  };
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
      await wellTold();
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
      // Asked first: when Kubernetes has marked the node, it is not one of those that serve.
      if (round === 0)
        await stage.pluginTells('eu', host, / roundRobin Healthy .*eu 1 \(1 kept back\), us 2 /);
      // The replica that writes may have been the one on this node: another one takes over.
      const kept = `${host}: ${victim} is kept back: `;
      await stage.conditionTells('eu', gslb, 'Degraded', new RegExp(`^True AddressWithheld: ${kept}`));
      await stage.lineTells('eu', 'gslbs.k8gb.io', gslb, new RegExp(`eu Degraded ${others.join(',')}$`));
      await stage.lineTells('us', 'gslbs.k8gb.io', gslb, new RegExp(`us Healthy ${others.join(',')}$`));
      using watch = watchAnswers(others, host);
      await world.plugIn('gslb-eu-2');
      await expect
        .poll(() => others.every((server) => Number.isFinite(watch.firstMs(server, victim, 0))), eventually)
        .toBe(true);
      for (const server of others) back.push(watch.firstMs(server, victim, 0));
    }
    await toldGone('probe .* failed 3 times: no (answer|route).*');
    await stage.eventsTell(
      'eu',
      gslb,
      new RegExp(`^TargetsChanged: .*; ${victim} of eu is kept back no longer$`),
    );
    await stage.eventsTell('us', gslb, new RegExp(`^TargetsChanged: .*; eu gives ${victim} now$`));
    report('a dead node left after', gone);
    report('it was back after', back);
    expect(Math.max(...gone)).toBeLessThan(4_000);
    expect(Math.min(...back)).toBeGreaterThan(5_000);
  }, 400_000);

  test('a node whose ingress is gone leaves every answer within 4 s', async () => {
    await whole();
    await wellTold();
    using watch = watchAnswers(all, host);
    await stopIngress({ 'kubernetes.io/hostname': 'gslb-eu-1' });
    const stoppedMs = watch.sinceMs();
    await sleep(7_000);
    const gone = all.map((server) => watch.lastMs(server, victim) - stoppedMs);
    report('an ingress that was stopped left after', gone);
    await toldGone(
      'its node runs no Ready pod of the ingress controller|probe .* failed 3 times: connection .*',
    );
    await stopIngress(null);
    expect(Math.max(...gone)).toBeLessThan(4_000);
    await whole();
  });

  test('a node that loses 20 % of its packets both ways stays in every answer for 60 s', async () => {
    await whole();
    await wellTold();
    const inNode = inNetwork(world.node('gslb-eu-2').namespace);
    const lose = 'numgen random mod 100 < 20 counter drop';
    await must([...inNode, 'nft', '-f', '-'], {
      input: `table inet loss {
        chain in { type filter hook prerouting priority -300; iifname "eth0" ${lose}; }
        chain out { type filter hook postrouting priority 300; oifname "eth0" ${lose}; }
      }`,
    });
    // Nothing is told while nothing happens to clients.
    const before = await Promise.all(
      (['eu', 'us'] as const).map((cluster) => stage.eventCounts(cluster, gslb)),
    );
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
      for (const [index, cluster] of (['eu', 'us'] as const).entries()) {
        expect(await stage.eventCounts(cluster, gslb)).toEqual(before[index]);
        await stage.conditionTells(cluster, gslb, 'Degraded', /^False AsWanted: /);
      }
    } finally {
      await must([...inNode, 'nft', 'delete', 'table', 'inet', 'loss']);
    }
  }, 180_000);
});
