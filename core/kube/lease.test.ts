import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Lease, type LeaseClient, type LeaseObject, runLease } from './lease.ts';

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

  const join = (client: LeaseClient, identity: string, signal = ending.signal) => {
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
});
