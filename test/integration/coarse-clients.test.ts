import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TYPE } from '#core/wire/constants.ts';
import type { GslbView, HostView } from '#sidecar/model/cluster-view.ts';
import type { Strategy } from '#sidecar/model/strategy.ts';
import { createClientWatch } from '#sidecar/plan/client-watch.ts';
import { createPlanner, type PlannerInput } from '#sidecar/plan/planner.ts';
import { type GslbStatus, gslbStatus } from '#sidecar/publish/gslb-status.ts';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';

// The DNS server, the watch, the planner and the status as the sidecar joins them; queries are real, the clock is not.

const zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 20 };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const ending = new AbortController();
const minuteMs = 60_000;
/** For a busy machine. */
const patience = { timeout: 20_000, interval: 20 };
let server: DnsServer;

beforeAll(async () => {
  server = await startDnsServer(
    {
      listen: [{ address: '127.0.0.1', port: 0 }],
      log: silent,
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    ending.signal,
  );
});
afterAll(() => server.close());

/** One Gslb of one host that two clusters have; `nowMs` is its clock. */
function gslb(name: string, strategy: Strategy) {
  const reference = { group: 'k8gb.io', namespace: 'web', name } as const;
  const host: HostView = {
    host: `${name}.${zone.name}`,
    zone: zone.name,
    gslb: reference,
    strategy,
    ttlSeconds: 30,
    health: 'Healthy',
    addresses: ['192.0.2.1'],
    services: [],
  };
  const view: GslbView = {
    reference,
    uid: name,
    generation: 1,
    createdAtMs: 0,
    acceptance: { accepted: true },
    hosts: [host],
    warnings: [],
  };
  const planner = createPlanner();
  const watch = createClientWatch();
  const state = { nowMs: 1_800_000_000_000, status: undefined as GslbStatus | undefined, writes: 0 };
  const input = (): PlannerInput => ({
    view: {
      geoTag: 'eu',
      zones: [zone],
      gslbs: new Map(),
      hosts: new Map([[host.host, host]]),
      clusters: new Map(),
      dnsAddresses: [],
    },
    peers: [{ geoTag: 'us', state: 'answering', hosts: new Map([[host.host, ['198.51.100.1']]]) }],
    places: undefined,
    coarseClients: watch.isCoarse,
    delegations: new Map(),
    ownNameServer: () => 'gslb-ns-eu-cloud.example.com',
    nowMs: state.nowMs,
  });
  const plan = async (hosts: readonly string[]) => {
    const { patch, decisions } = planner.plan(hosts, input());
    if (patch.zones !== undefined) {
      const { patches } = server.counters().snapshot;
      server.patch(patch);
      await vi.waitFor(
        () => expect(server.counters().snapshot.patches).toBeGreaterThanOrEqual(patches + 1),
        patience,
      );
    }
    if (decisions.size === 0) return;
    const { decision } = planner;
    const now = new Date(state.nowMs).toISOString();
    state.status = gslbStatus({ geoTag: 'eu', view, decision, previous: state.status, now });
    state.writes += 1;
  };
  return {
    host: host.host,
    plan,
    writes: () => state.writes,
    /** Looks every half minute, as the sidecar does. */
    pass: async (minutes: number, ask: () => Promise<void> = async () => undefined) => {
      await ask();
      for (let at = 0; at < minutes; at += 0.5) {
        state.nowMs += minuteMs / 2;
        const changed = watch.add(server.takeTallies(), state.nowMs);
        if (changed.length > 0) await plan(changed);
      }
    },
    condition: () => state.status?.conditions?.find(({ type }) => type === 'CoarseClients'),
  };
}

/** So many queries of A from each of so many networks of this machine: 127.1.k.0/24. */
async function ask(name: string, networks: number, each: number): Promise<void> {
  const question = Buffer.from([
    ...[0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]),
    ...[0, 0, TYPE.A, 0, 1],
  ]);
  const [to] = server.listening();
  for (let k = 0; k < networks; k += 1) {
    const socket = createSocket('udp4');
    socket.bind(0, `127.1.${k}.1`);
    await once(socket, 'listening');
    // Not all at once: what the kernel has no room for is lost.
    for (let sent = 0; sent < each; sent += 10) {
      const { udp4 } = server.counters().queries;
      const now = Math.min(10, each - sent);
      for (let times = 0; times < now; times += 1) socket.send(question, to?.port ?? 0, to?.address);
      await vi.waitFor(() => expect(server.counters().queries.udp4).toBe(udp4 + now), patience);
    }
    socket.close();
  }
}

it('weights that a few networks ask for raise the condition, and many networks end it', async () => {
  const app = gslb('app', { type: 'roundRobin', weights: { eu: 3, us: 1 } });
  await app.plan([app.host]);
  await app.pass(9, () => ask(app.host, 2, 100));
  expect(app.condition()).toBeUndefined();
  await app.pass(2);
  expect(app.condition()).toMatchObject({
    status: 'True',
    reason: 'FewNetworks',
    message: expect.stringContaining(
      `${app.host}: nearly all queries come from a few networks, and a resolver`,
    ),
  });
  const writes = app.writes();
  // As long as it lasts nothing is written.
  await app.pass(30, () => ask(app.host, 2, 110));
  expect(app.writes()).toBe(writes);
  await app.pass(20, () => ask(app.host, 60, 4));
  expect(app.condition()).toMatchObject({ status: 'False', reason: 'AsWanted' });
  expect(app.writes()).toBe(writes + 1);
}, 120_000);

it('a host that answers everyone alike is not counted, whoever asks', async () => {
  const plain = gslb('plain', { type: 'roundRobin' });
  await plain.plan([plain.host]);
  await plain.pass(20, () => ask(plain.host, 1, 210));
  expect(plain.condition()).toBeUndefined();
  expect(plain.writes()).toBe(1);
}, 60_000);
