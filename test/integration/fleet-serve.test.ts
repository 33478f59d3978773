import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Fleet, startFleet } from '#sidecar/fleet/fleet.ts';
import type { NameAnswers } from '#sidecar/model/answers.ts';
import { usualRateLimits } from '#sidecar/serve/rate-limit.ts';
import { type DnsServer, startDnsServer } from '#sidecar/serve/server.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const zone = 'cloud.example.com';
const apex = {
  name: zone,
  nameServers: ['ns.example.com'],
  nsTtlSeconds: 30,
  negativeTtlSeconds: 5,
  serial: 1,
};
const targets = (host: string, a: readonly string[], aaaa: readonly string[] = []): NameAnswers => ({
  name: `localtargets-${host}.${zone}`,
  zone,
  a: { kind: 'fixed', addresses: a },
  aaaa: { kind: 'fixed', addresses: aaaa },
  ttlSeconds: 30,
  negativeTtlSeconds: 5,
});

let abort: AbortController;
let server: DnsServer;
let fleet: Fleet;
beforeEach(async () => {
  abort = new AbortController();
  server = await startDnsServer(
    {
      listen: [{ address: '127.0.0.1', port: 0 }],
      // Peers have cookies, so that even a low limit does not touch them.
      rateLimits: { ...usualRateLimits, responsesPerSecond: 3, exempt: [] },
      log: silent,
      onProblem: (problem) => expect.fail(problem.message),
    },
    abort.signal,
  );
  const port = server.listening()[0]?.port ?? 0;
  fleet = startFleet(
    {
      geoTag: 'eu',
      members: () => new Map([['us', [{ address: '127.0.0.1', port }]]]),
      hosts: () => [`app.${zone}`, `wide.${zone}`, `none.${zone}`],
      now: () => performance.now(),
      random: randomBytes,
      log: silent,
      onChange: () => {},
    },
    abort.signal,
  );
});
afterEach(async () => {
  abort.abort();
  await Promise.all([fleet.done, server.close()]);
});

const view = () => fleet.peers()[0];
const eventually = (assert: () => void) => vi.waitFor(assert, { timeout: 8_000, interval: 20 });

it('follows what a sidecar of another cluster serves, through its not being ready and its end', async () => {
  // Not ready: SERVFAIL is the word of somebody who is alive.
  await eventually(() => expect(view()?.state).toBe('refusing'));

  const wide = Array.from({ length: 60 }, (_, index) => `2001:db8::${(index + 1).toString(16)}`);
  server.patch({
    zones: [apex],
    names: [targets('app', ['192.0.2.5', '192.0.2.6'], ['2001:db8::5']), targets('wide', [], wide)],
    removed: [],
  });
  await eventually(() =>
    expect(view()).toEqual({
      geoTag: 'us',
      state: 'answering',
      hosts: new Map([
        [`app.${zone}`, ['192.0.2.5', '192.0.2.6', '2001:db8::5']],
        // 60 AAAA records do not fit into a datagram: TCP.
        [`wide.${zone}`, wide.toSorted()],
      ]),
    }),
  );

  server.patch({ names: [targets('app', [])], removed: [`localtargets-wide.${zone}`] });
  await eventually(() => expect(view()?.hosts.size).toBe(0));
  expect(view()?.state).toBe('answering');

  server.patch({ names: [targets('app', ['192.0.2.5'])], removed: [] });
  await eventually(() => expect(view()?.hosts.size).toBe(1));
  await server.close();
  await eventually(() => expect(view()).toEqual({ geoTag: 'us', state: 'silent', hosts: new Map() }));
  expect(fleet.statistics().socket).toMatchObject({ tcpErrors: 0, sendErrors: 0 });
});

it('asks with the cookie that it was given, so that no rate limit touches it', async () => {
  const limited = () => server.counters().rateLimited.slipped + server.counters().rateLimited.dropped;
  await eventually(() => expect(view()?.state).toBe('refusing'));
  const [before, asked] = [limited(), server.counters().queries.udp4];
  // Six questions a second, all of them one subject: errors.
  await eventually(() => expect(server.counters().queries.udp4).toBeGreaterThan(asked + 20));
  expect(limited()).toBe(before);
});
