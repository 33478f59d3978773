import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '#sidecar/fleet/ask.ts';
import { type Fleet, startFleet } from '#sidecar/fleet/fleet.ts';
import { type Behaviour, type DnsPeer, startDnsPeer } from '#test/support/dns-peer.ts';

const app = 'app.cloud.example.com';
const us = { kind: 'addresses', a: ['198.51.100.5', '198.51.100.6'], aaaa: ['2001:db8::5'] } as const;
const usAddresses = ['198.51.100.5', '198.51.100.6', '2001:db8::5'];

describe('fleet over real sockets', () => {
  let abort: AbortController;
  let cleanup: AsyncDisposableStack;
  beforeEach(() => {
    abort = new AbortController();
    cleanup = new AsyncDisposableStack();
  });
  afterEach(async () => {
    abort.abort();
    await cleanup.disposeAsync();
  });

  async function peer(
    behaviour: Behaviour,
    options: { address?: string; port?: number } = {},
  ): Promise<DnsPeer> {
    const started = cleanup.use(await startDnsPeer(options));
    started.behaviour = () => behaviour;
    return started;
  }

  function fleetOf(members: Record<string, readonly Endpoint[]>, hosts: readonly string[] = [app]) {
    const world = { members: new Map(Object.entries(members)), hosts: [...hosts] };
    const changes: { geoTag: string; hosts: readonly string[]; atMs: number }[] = [];
    const warnings: string[] = [];
    let look = () => {};
    const fleet = startFleet(
      {
        geoTag: 'eu',
        members: () => world.members,
        hosts: () => world.hosts,
        now: () => performance.now(),
        random: randomBytes,
        log: {
          debug: () => {},
          info: () => {},
          warn: (fields, message) => warnings.push(`${JSON.stringify(fields)} ${message}`),
          error: () => {},
        },
        onChange(geoTag, changed) {
          changes.push({ geoTag, hosts: [...changed], atMs: performance.now() });
          look();
        },
      },
      abort.signal,
    );
    cleanup.defer(() => fleet.done);
    /** Waits for a change after which the condition holds. */
    const until = (condition: (fleet: Fleet) => boolean) =>
      new Promise<void>((resolve) => {
        look = () => condition(fleet) && resolve();
        look();
      });
    return { fleet, world, changes, warnings, until };
  }

  const view = (fleet: Fleet, geoTag = 'us') => fleet.peers().find((one) => one.geoTag === geoTag);
  const addresses = (fleet: Fleet, host = app, geoTag = 'us') => view(fleet, geoTag)?.hosts.get(host);

  it('asks localtargets- of every other member, A and AAAA, at once and then each second', async () => {
    const server = await peer(us);
    const { fleet, until } = fleetOf({ us: [server], eu: [{ address: '127.0.0.1', port: 9 }] });
    await until((now) => addresses(now)?.length === 3);
    expect(fleet.peers().map(({ geoTag, state }) => [geoTag, state])).toEqual([['us', 'answering']]);
    expect(addresses(fleet)).toEqual(usAddresses);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const first = server.seen[0];
    const a = server.seen.filter(({ type }) => type === 'A');
    expect(a.length).toBeGreaterThanOrEqual(3);
    expect(a.length).toBeLessThanOrEqual(5);
    expect(new Set(server.seen.map(({ name }) => name.toLowerCase()))).toEqual(
      new Set([`localtargets-${app}`]),
    );
    expect(first?.payloadSize).toBe(1232);
    // One port, fresh ids, letters in random case.
    expect(new Set(server.seen.map(({ from }) => from)).size).toBe(1);
    expect(new Set(server.seen.map(({ id }) => id)).size).toBe(server.seen.length);
    expect(new Set(server.seen.map(({ name }) => name)).size).toBeGreaterThan(2);
  });

  it('withdraws a host at once when its peer has no addresses for it any more', async () => {
    const server = await peer(us);
    const { until, changes } = fleetOf({ us: [server] });
    await until((now) => addresses(now)?.length === 3);
    server.behaviour = () => ({ kind: 'rcode', rcode: 3 });
    await until((now) => addresses(now) === undefined);
    const seen = server.seen.at(-1);
    expect((changes.at(-1)?.atMs ?? 0) - (seen?.atMs ?? 0)).toBeLessThan(500);
  });

  it('keeps the last addresses of a peer that replies with errors, and calls it refusing', async () => {
    const server = await peer(us);
    const { fleet, until } = fleetOf({ us: [server] });
    await until((now) => addresses(now)?.length === 3);
    server.behaviour = () => ({ kind: 'rcode', rcode: 5 });
    await until((now) => view(now)?.state === 'refusing');
    expect(addresses(fleet)).toEqual(usAddresses);
  });

  it('withdraws all of a peer that died 3 s ago, and takes it back when it returns', async () => {
    const server = await startDnsPeer();
    const { port } = server;
    server.behaviour = () => us;
    const { fleet, until, changes } = fleetOf({ us: [server] }, [app, 'web.cloud.example.com']);
    await until((now) => view(now)?.hosts.size === 2 && addresses(now)?.length === 3);
    const lastMs = performance.now();
    await server[Symbol.asyncDispose]();
    await until((now) => view(now)?.state === 'silent');
    expect(view(fleet)?.hosts.size).toBe(0);
    expect(changes.at(-1)?.hosts.toSorted()).toEqual([app, 'web.cloud.example.com']);
    expect((changes.at(-1)?.atMs ?? 0) - lastMs).toBeGreaterThan(2_000);
    expect((changes.at(-1)?.atMs ?? 0) - lastMs).toBeLessThan(4_500);
    await peer(us, { port });
    await until((now) => view(now)?.hosts.size === 2);
  });

  it('moves on to the next address of a member within 300 ms, and stays there', async () => {
    const dead = await peer({ kind: 'silence' });
    const alive = await peer(us);
    const { until } = fleetOf({ us: [dead, alive] });
    const startMs = performance.now();
    await until((now) => addresses(now)?.length === 3);
    expect(performance.now() - startMs).toBeLessThan(1_500);
    const asked = dead.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(dead.seen.length).toBe(asked);
  });

  it('asks again over TCP when a reply is truncated', async () => {
    const many = Array.from({ length: 64 }, (_, index) => `198.51.100.${index + 1}`);
    const server = await peer({ kind: 'truncate', a: many });
    const { fleet, until } = fleetOf({ us: [server] });
    await until((now) => addresses(now)?.length === 64);
    expect(addresses(fleet)).toEqual(many.toSorted());
    expect(server.seen.some(({ transport }) => transport === 'tcp')).toBe(true);
  });

  it('talks IPv6', async () => {
    const server = await peer(us, { address: '::1' });
    const { fleet, until } = fleetOf({ us: [{ address: '0:0:0:0:0:0:0:1', port: server.port }] });
    await until((now) => addresses(now)?.length === 3);
    expect(view(fleet)?.state).toBe('answering');
  });

  it.each<[string, Behaviour]>([
    ['from another port', { kind: 'elsewhere', a: ['198.51.100.66'] }],
    [
      'with another id',
      { kind: 'forge', a: ['198.51.100.66'], change: (reply) => reply.writeUInt8((reply[1] ?? 0) ^ 1, 1) },
    ],
    [
      'with the name in one letter case',
      {
        kind: 'forge',
        a: ['198.51.100.66'],
        change: (reply) =>
          reply.set(Buffer.from(reply.subarray(12, 40).toString('latin1').toLowerCase(), 'latin1'), 12),
      },
    ],
    [
      'to another name',
      { kind: 'forge', a: ['198.51.100.66'], change: (reply) => reply.writeUInt8(0x78, 13) },
    ],
  ])('believes no reply %s', async (_title, behaviour) => {
    const server = await peer(behaviour);
    const { fleet, changes } = fleetOf({ us: [server] });
    await expect
      .poll(() => fleet.statistics().socket?.unexpected ?? 0, { timeout: 5_000 })
      .toBeGreaterThanOrEqual(4);
    expect([view(fleet)?.state, changes]).toEqual(['unknown', []]);
  });

  it('ignores and counts addresses that no cluster can have, and says so once', async () => {
    const server = await peer({
      kind: 'addresses',
      a: ['127.0.0.1', '198.51.100.5', '0.0.0.0'],
      aaaa: ['fe80::1'],
    });
    const { fleet, until, warnings } = fleetOf({ us: [server] });
    await until((now) => addresses(now)?.length === 1);
    await expect
      .poll(() => fleet.statistics().peers[0]?.refusedAddresses ?? 0, { timeout: 5_000 })
      .toBeGreaterThanOrEqual(6);
    expect(addresses(fleet)).toEqual(['198.51.100.5']);
    expect(warnings.length).toBe(1);
  });

  it('asks a new member and a new host at once when it is kicked', async () => {
    const one = await peer(us);
    const two = await peer({ kind: 'addresses', a: ['198.51.100.9'] });
    const { fleet, world, until } = fleetOf({ us: [one] });
    await until((now) => addresses(now)?.length === 3);
    world.members.set('ap', [two]);
    world.hosts.push('web.cloud.example.com');
    const startMs = performance.now();
    fleet.kick();
    await until((now) => view(now, 'ap')?.hosts.size === 2 && view(now)?.hosts.size === 2);
    expect(performance.now() - startMs).toBeLessThan(700);
  });

  it('has not caught up while a new host is still to be asked for', async () => {
    const one = await peer(us);
    const { fleet, world, until } = fleetOf({ us: [one] });
    await until((now) => addresses(now)?.length === 3);
    expect(fleet.isCaughtUp()).toBe(true);
    world.hosts.push('web.cloud.example.com');
    fleet.kick();
    expect(fleet.isCaughtUp()).toBe(false);
    await until((now) => view(now)?.hosts.size === 2 && now.isCaughtUp());
  });

  it('tells all hosts of a member that has left', async () => {
    const server = await peer(us);
    const { fleet, world, until, changes } = fleetOf({ us: [server] });
    await until((now) => addresses(now)?.length === 3);
    world.members.clear();
    await until((now) => now.peers().length === 0);
    expect(changes.at(-1)).toMatchObject({ geoTag: 'us', hosts: [app] });
    fleet.kick();
  });

  it('leaves out a host that cannot be asked for, and warns once', async () => {
    const server = await peer(us);
    const long = `${'a'.repeat(60)}.cloud.example.com`;
    const { fleet, until, warnings } = fleetOf({ us: [server] }, [long, app]);
    await until((now) => addresses(now)?.length === 3);
    fleet.kick();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(warnings).toEqual([expect.stringContaining(long)]);
    expect(view(fleet)?.hosts.size).toBe(1);
  });

  it('closes its sockets and timers when it is aborted', async () => {
    const server = await peer(us);
    const { fleet, until } = fleetOf({ us: [server] });
    await until((now) => addresses(now)?.length === 3);
    abort.abort();
    await fleet.done;
    const asked = server.seen.length;
    fleet.kick();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(server.seen.length).toBe(asked);
  });
});
