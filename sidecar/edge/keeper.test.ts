import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Zone } from '#sidecar/model/zone.ts';
import type { Change, EdgeState } from './changes.ts';
import { type EdgeFacts, type EdgeProblem, type EdgeProblemCode, edgeProblem } from './errors.ts';
import { type EdgeClient, type Keeper, type Outcome, type Reading, startKeeper } from './keeper.ts';

const zone: Zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 };
const own = 'gslb-ns-eu-cloud.example.com';
const facts: EdgeFacts = {
  zone,
  geoTag: 'eu',
  server: '192.0.2.53:53',
  keyName: 'eu-key',
  keyFile: '/key',
  detail: 'detail',
};
const problem = (code: EdgeProblemCode) => edgeProblem(code, facts);

/** An edge that keeps records in memory, with faults on demand. */
function fakeEdge() {
  const state = {
    nameServers: [] as string[],
    nsTtlSeconds: undefined,
    ownAddresses: [] as string[],
    ownerTexts: [] as string[],
  };
  const fake = {
    state,
    reads: 0,
    writes: 0,
    readFault: undefined as EdgeProblemCode | undefined,
    writeFault: undefined as EdgeProblemCode | undefined,
    deaf: false,
  };
  const reading = (): Reading => ({
    delegation: {
      zone: zone.name,
      members: state.nameServers.map((nsName) => ({ nsName, geoTag: undefined, addresses: [] })),
    },
    state: structuredClone(state) satisfies EdgeState,
  });
  const client: EdgeClient = {
    async read(): Promise<Outcome<Reading>> {
      fake.reads += 1;
      return fake.readFault
        ? { ok: false, problem: problem(fake.readFault) }
        : { ok: true, value: reading() };
    },
    async write(_zone, changes: readonly Change[]) {
      fake.writes += 1;
      if (fake.writeFault) return { ok: false, problem: problem(fake.writeFault) };
      if (!fake.deaf)
        for (const change of changes) {
          if (change.kind !== 'add') {
            if (change.name === own) state.ownAddresses = [];
            continue;
          }
          if (change.record.type === 'NS') state.nameServers.push(change.record.data);
          else if (change.record.type === 'TXT') state.ownerTexts = [change.record.data];
          else state.ownAddresses.push(change.record.data);
        }
      return { ok: true, value: undefined };
    },
    notApplied: () => problem('EdgeNotApplied'),
    noDnsAddresses: () => problem('NoDnsAddresses'),
  };
  return { fake, client };
}

describe('keeper of a delegation', () => {
  let abort: AbortController;
  let keeper: Keeper | undefined;
  beforeEach(() => {
    vi.useFakeTimers();
    abort = new AbortController();
  });
  afterEach(async () => {
    abort.abort();
    await keeper?.done;
    vi.useRealTimers();
  });

  function start(changes: { isWriter?: () => boolean; dnsAddresses?: () => readonly string[] } = {}) {
    const { fake, client } = fakeEdge();
    const problems: (EdgeProblem['code'] | 'none')[] = [];
    const delegations: string[][] = [];
    const faults: unknown[] = [];
    keeper = startKeeper(
      {
        client,
        zone: () => zone,
        wanted: () => ({
          geoTag: 'eu',
          dnsAddresses: changes.dnsAddresses?.() ?? ['192.0.2.3'],
          ownerText: 'uid 1',
        }),
        isWriter: changes.isWriter ?? (() => true),
        now: () => performance.now(),
        random: () => Uint8Array.of(0),
        intervalMs: 10_000,
        onDelegation: ({ members }) => delegations.push(members.map(({ nsName }) => nsName)),
        onProblem: (next) => problems.push(next?.code ?? 'none'),
        onFault: (fault) => faults.push(fault),
      },
      abort.signal,
    );
    return { fake, client, problems, delegations, faults, keeper };
  }

  it('joins at once, and then writes nothing while all is as wanted', async () => {
    const { fake, delegations, problems } = start();
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.state).toMatchObject({
      nameServers: [own],
      ownAddresses: ['192.0.2.3'],
      ownerTexts: ['uid 1'],
    });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(fake.writes).toBe(1);
    expect(delegations).toEqual([[], [own]]);
    expect(problems).toEqual([]);
  });

  it('reads each second for 10 s after a change, and then each interval', async () => {
    const { fake } = start({ isWriter: () => false });
    await vi.advanceTimersByTimeAsync(9_500);
    expect(fake.reads).toBe(10);
    await vi.advanceTimersByTimeAsync(2_000);
    const lively = fake.reads;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fake.reads - lively).toBe(6);
  });

  it('adds itself again within the interval when somebody takes it out', async () => {
    const { fake } = start();
    await vi.advanceTimersByTimeAsync(60_000);
    fake.state.nameServers = ['gslb-ns-us-cloud.example.com'];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fake.state.nameServers).toEqual(['gslb-ns-us-cloud.example.com', own]);
  });

  it('only reads while it is not the writer, and writes as soon as it is', async () => {
    let isWriter = false;
    const { fake, delegations, keeper } = start({ isWriter: () => isWriter });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([fake.writes, delegations]).toEqual([0, [[]]]);
    isWriter = true;
    keeper.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect(fake.writes).toBe(1);
  });

  it('leaves everything and says so while no DNS server is ready', async () => {
    let dnsAddresses: readonly string[] = [];
    const { fake, problems, keeper } = start({ dnsAddresses: () => dnsAddresses });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([fake.writes, problems]).toEqual([0, ['NoDnsAddresses']]);
    dnsAddresses = ['192.0.2.4'];
    keeper.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect([fake.state.ownAddresses, problems]).toEqual([['192.0.2.4'], ['NoDnsAddresses', 'none']]);
  });

  it('keeps the last delegation while the edge is away, tells it once, and once when it is back', async () => {
    const { fake, problems, delegations, keeper } = start();
    await vi.advanceTimersByTimeAsync(60_000);
    fake.readFault = 'EdgeUnreachable';
    await vi.advanceTimersByTimeAsync(600_000);
    expect(keeper.delegation()?.members.map(({ nsName }) => nsName)).toEqual([own]);
    fake.readFault = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(problems).toEqual(['EdgeUnreachable', 'none']);
    expect(delegations).toEqual([[], [own]]);
  });

  it('tries a write that may heal with growing pauses of at most 30 s, and keeps reading meanwhile', async () => {
    const { fake, problems } = start();
    fake.writeFault = 'EdgeRefused';
    await vi.advanceTimersByTimeAsync(31_500);
    expect(fake.writes).toBe(6);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(fake.writes).toBe(16);
    expect(fake.reads).toBeGreaterThan(35);
    expect(problems).toEqual(['EdgeRefused']);
    fake.writeFault = undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(problems).toEqual(['EdgeRefused', 'none']);
  });

  it('tries a wrong configuration each 30 s, and at once when it is kicked', async () => {
    const { fake, problems, keeper } = start();
    fake.writeFault = 'EdgeBadKey';
    await vi.advanceTimersByTimeAsync(59_000);
    expect([fake.writes, keeper.needsConfiguration()]).toEqual([2, true]);
    fake.writeFault = undefined;
    keeper.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect([fake.writes, keeper.needsConfiguration(), problems]).toEqual([3, false, ['EdgeBadKey', 'none']]);
  });

  it('tells the reason for which it still cannot write after the edge was away in between', async () => {
    const { fake, problems } = start();
    fake.writeFault = 'EdgeBadKey';
    await vi.advanceTimersByTimeAsync(9_000);
    fake.readFault = 'EdgeTimeout';
    await vi.advanceTimersByTimeAsync(10_000);
    fake.readFault = undefined;
    await vi.advanceTimersByTimeAsync(10_000);
    expect([fake.writes, problems]).toEqual([1, ['EdgeBadKey', 'EdgeTimeout', 'EdgeBadKey']]);
  });

  it('says when an accepted update does not show', async () => {
    const { fake, problems } = start();
    fake.deaf = true;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(problems).toEqual(['EdgeNotApplied']);
  });

  it('goes on after a fault of its own', async () => {
    const { fake, client, faults } = start({ isWriter: () => false });
    await vi.advanceTimersByTimeAsync(0);
    const read = client.read;
    client.read = () => Promise.reject(new Error('fault'));
    await vi.advanceTimersByTimeAsync(1_000);
    client.read = read;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(faults).toEqual([new Error('fault')]);
    expect(fake.reads).toBeGreaterThan(1);
  });

  it('stops when its signal aborts, in the middle of a pause', async () => {
    const { fake, keeper } = start();
    await vi.advanceTimersByTimeAsync(60_000);
    abort.abort();
    await keeper.done;
    const { reads } = fake;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([fake.reads, vi.getTimerCount()]).toEqual([reads, 0]);
  });
});
