import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Lease, type LeaseClient, type LeaseOptions, runLease } from './lease.ts';
import { heldBy, type LeaseObject, mayHold } from './lease-object.ts';

/** An API server of one Lease with resourceVersions: a fake, since time is one too. */
function fakeServer(): LeaseClient & { away: boolean; lease: LeaseObject | undefined } {
  const refuse = (code: string): never => {
    throw Object.assign(new Error(code), { code });
  };
  const server = {
    away: false,
    lease: undefined as LeaseObject | undefined,
    write(lease: LeaseObject): LeaseObject {
      const resourceVersion = String(Number(server.lease?.metadata.resourceVersion ?? 0) + 1);
      server.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion } };
      return server.lease;
    },
    get: async () => (server.away ? refuse('unavailable') : (server.lease ?? refuse('notFound'))),
    create: async (_: unknown, lease: LeaseObject) =>
      server.lease ? refuse('conflict') : server.write(lease),
    replace: async (_: unknown, lease: LeaseObject) => {
      if (server.away) refuse('unavailable');
      if (lease.metadata.resourceVersion !== server.lease?.metadata.resourceVersion) refuse('conflict');
      return server.write(lease);
    },
  };
  return server;
}

describe('the Lease', () => {
  let ending = new AbortController();
  beforeEach(() => {
    vi.useFakeTimers();
    ending = new AbortController();
  });
  afterEach(() => {
    ending.abort();
    vi.useRealTimers();
  });

  const join = (
    client: LeaseClient,
    identity: string,
    signal = ending.signal,
    more: Partial<LeaseOptions> = {},
  ) => {
    const log = { info: () => undefined, warn: () => undefined };
    let acquired = 0;
    const lease: Lease = runLease(
      {
        client,
        namespace: 'n',
        name: 'l',
        identity,
        now: () => Date.now(),
        random: () => 0.5,
        log,
        onAcquire: () => acquired++,
        ...more,
      },
      signal,
    );
    return { ...lease, acquired: () => acquired };
  };

  it('is held by one of two replicas, and stays with it', async () => {
    const server = fakeServer();
    const a = join(server, 'a');
    const b = join(server, 'b');
    await vi.advanceTimersByTimeAsync(60_000);
    expect([a.isHeld(), b.isHeld()].filter(Boolean)).toHaveLength(1);
    expect(a.acquired() + b.acquired()).toBe(1);
  });

  it('passes on within its duration and a turn when the holder dies', async () => {
    const server = fakeServer();
    const dying = new AbortController();
    const a = join(server, 'a', dying.signal);
    await vi.advanceTimersByTimeAsync(0);
    const b = join(server, 'b');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(a.isHeld()).toBe(true);
    dying.abort();
    await vi.advanceTimersByTimeAsync(14_000);
    expect(b.isHeld()).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('is not believed to be held longer than it lasts when the API server is away', async () => {
    const server = fakeServer();
    const a = join(server, 'a');
    await vi.advanceTimersByTimeAsync(3_000);
    server.away = true;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(a.isHeld()).toBe(false);
    server.away = false;
    await vi.advanceTimersByTimeAsync(3_000);
    expect(a.isHeld()).toBe(true);
  });

  it('is free at once after a clean release', async () => {
    const server = fakeServer();
    const a = join(server, 'a');
    await vi.advanceTimersByTimeAsync(0);
    const b = join(server, 'b');
    await a.release();
    await vi.advanceTimersByTimeAsync(2_500);
    expect([a.isHeld(), b.isHeld()]).toEqual([false, true]);
  });

  it('is given up a tenth before others may take it, and that is told', async () => {
    const server = fakeServer();
    const told: string[] = [];
    const a = join(server, 'a', ending.signal, { onLose: () => told.push(`lost at ${Date.now() - began}`) });
    const began = Date.now();
    await vi.advanceTimersByTimeAsync(0);
    server.away = true;
    await vi.advanceTimersByTimeAsync(8_999);
    expect([a.isHeld(), told]).toEqual([true, []]);
    await vi.advanceTimersByTimeAsync(1);
    expect([a.isHeld(), told]).toEqual([false, ['lost at 9000']]);
  });

  it.each([0, 400, 800, 1200, 1600])(
    'is not taken early by who asked long before it was renewed (%i)',
    async (shift) => {
      const server = fakeServer();
      let [cut, slow] = [false, true];
      const get: LeaseClient['get'] = async () => {
        if (cut) throw new Error('away');
        return server.get({} as never, '');
      };
      const replace: LeaseClient['replace'] = async (resource, lease) => {
        if (cut) throw new Error('away');
        return server.replace(resource, lease);
      };
      const a = join({ ...server, get, replace }, 'a');
      await vi.advanceTimersByTimeAsync(100);
      const lateGet: LeaseClient['get'] = async () => {
        if (slow) await pause(3_000);
        return server.get({} as never, '');
      };
      const b = join({ ...server, get: lateGet }, 'b', ending.signal, { renewMs: 100 });
      await vi.advanceTimersByTimeAsync(20_000 + shift);
      [cut, slow] = [true, false];
      let overlap = 0;
      for (let ms = 0; ms < 20_000; ms += 50) {
        await vi.advanceTimersByTimeAsync(50);
        if (a.isHeld() && b.isHeld()) overlap++;
      }
      expect([overlap, b.isHeld()]).toEqual([0, true]);
    },
  );

  it('outlives one request that is never answered', async () => {
    const server = fakeServer();
    let hang = false;
    const get: LeaseClient['get'] = async () => {
      if (!hang) return server.get({} as never, '');
      hang = false;
      return new Promise(() => undefined);
    };
    const a = join({ ...server, get }, 'a');
    await vi.advanceTimersByTimeAsync(3_000);
    hang = true;
    for (let ms = 0; ms < 20_000; ms += 500) {
      await vi.advanceTimersByTimeAsync(500);
      expect(a.isHeld()).toBe(true);
    }
  });

  it('is not taken again by a turn that was under way at the release', async () => {
    const server = fakeServer();
    let open: () => void = () => undefined;
    const replace: LeaseClient['replace'] = async (resource, lease) => {
      await new Promise<void>((resolve) => {
        open = resolve;
      });
      return server.replace(resource, lease);
    };
    const a = join({ ...server, replace }, 'a');
    await vi.advanceTimersByTimeAsync(2_500);
    const releasing = a.release();
    open();
    await vi.advanceTimersByTimeAsync(0);
    open();
    await vi.advanceTimersByTimeAsync(5_000);
    await releasing;
    expect(a.isHeld()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer when the signal aborts', async () => {
    join(fakeServer(), 'a');
    await vi.advanceTimersByTimeAsync(5_000);
    ending.abort();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a Lease object', () => {
  const terms = { namespace: 'n', name: 'l', durationMs: 9_500, wallMs: Date.UTC(2026, 0, 1) };
  const by = (holder: string): LeaseObject => heldBy(holder, undefined, terms);

  it.each<[string, LeaseObject, number, boolean]>([
    ['of nobody', { ...by('a'), spec: { holderIdentity: '' } }, 0, true],
    ['of our own', by('b'), 0, true],
    ['of another, seen just now', by('a'), 0, false],
    ['of another, seen unchanged for nearly its duration', by('a'), 9_999, false],
    ['of another, seen unchanged for its duration', by('a'), 10_000, true],
  ])('%s may be held or not', (_, lease, ageMs, expected) => {
    expect(mayHold(lease, { resourceVersion: '1', atMs: 500 }, 'b', 500 + ageMs)).toBe(expected);
  });

  it('is written as Kubernetes does', () => {
    expect(by('a').spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 10,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    });
    const later = { ...terms, wallMs: terms.wallMs + 1000 };
    expect(heldBy('a', by('a'), later).spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:01.000000Z',
      leaseTransitions: 0,
    });
    expect(heldBy('b', by('a'), later).spec).toMatchObject({
      acquireTime: '2026-01-01T00:00:01.000000Z',
      leaseTransitions: 1,
    });
  });
});
