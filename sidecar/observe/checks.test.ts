import { beforeEach, describe, expect, it } from 'vitest';
import { type ProbeTarget, targetName } from '#core/probe/target.ts';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostPolicy, ProbeSpec } from '#sidecar/model/policy.ts';
import { Checks } from './checks.ts';
import type { Verdict } from './probed.ts';

const node = '192.0.2.1';
const other = '192.0.2.2';
const balancer = '198.51.100.9';
const down: Verdict = { up: false, why: 'probe tcp:80 failed 3 times: connection refused', answered: false };
const policy = (probe: ProbeSpec): HostPolicy => ({
  reference: { namespace: 'web', name: 'strict' },
  order: [],
  failback: { mode: 'auto' },
  nets: [],
  fence: [],
  whenAllDown: { mode: 'noData' },
  probe,
  overrides: new Map(),
  minClustersOn: 0,
  waitSeconds: 0,
});
const view = (overrides: Partial<HostView> = {}): HostView => ({
  host: 'app.cloud.example.com',
  zone: 'cloud.example.com',
  gslb: { group: 'k8gb.io', namespace: 'web', name: 'app' },
  strategy: { type: 'roundRobin' },
  ttlSeconds: 30,
  health: 'Healthy',
  addresses: [node, other],
  services: [],
  ...overrides,
});

describe('checks of hosts', () => {
  let checks: Checks;
  let second: number;
  /** Targets that are probed, and whether by the sidecar's own probe. */
  let wanted: Map<string, boolean>;
  let verdicts: Map<string, Verdict>;
  let undecided: Set<string>;
  beforeEach(() => {
    second = 0;
    wanted = new Map();
    verdicts = new Map();
    undecided = new Set();
    checks = new Checks({
      probe: { type: 'tcp', port: 80 },
      now: () => ({ monotonicMs: second * 1_000, wallMs: 1_000_000 + second * 1_000 }),
      prober: {
        want: (target, own) => wanted.set(targetName(target), own),
        drop: (target) => wanted.delete(targetName(target)),
        verdict: (target) => verdicts.get(targetName(target)) ?? { up: true },
        isUndecided: (target) => undecided.has(targetName(target)),
      },
    });
    checks.setNodes([node, other]);
  });
  /** Resolves a Gslb of these hosts. */
  const resolve = (gslb: string, ...views: HostView[]) => {
    const hosts = views.map(checks.check);
    const remarks = checks.remarks();
    checks.resolved(gslb);
    return { hosts, remarks };
  };
  const tcp = (address: string) => targetName({ address, spec: { type: 'tcp', port: 80 } });

  it('probes nodes, and no other address', () => {
    resolve('a', view({ addresses: [node, balancer] }));
    expect([...wanted]).toEqual([[tcp(node), true]]);
  });

  it('withholds an address that is down, and says why', () => {
    verdicts.set(tcp(other), down);
    expect(resolve('a', view()).hosts).toEqual([
      view({ addresses: [node], withheld: [{ address: other, why: down.why }] } as Partial<HostView>),
    ]);
  });

  it('probes whatever address a host has as its policy asks, or none', () => {
    resolve('a', view({ addresses: [node, balancer], policy: policy({ type: 'tcp', port: 443 }) }));
    expect([...wanted]).toEqual([
      [`${node} by tcp:443`, false],
      [`${balancer} by tcp:443`, false],
    ]);
    resolve('a', view({ policy: policy({ type: 'none' }) }));
    expect(wanted.size).toBe(0);
  });

  it('probes what several Gslbs share until the last of them lets go', () => {
    resolve('a', view());
    resolve('b', view({ addresses: [node] }));
    checks.resolved('a');
    expect([...wanted.keys()]).toEqual([tcp(node)]);
    expect([...checks.gslbsOf([tcp(node), tcp(other)])]).toEqual(['b']);
    checks.resolved('b');
    expect(wanted.size).toBe(0);
  });

  it('remarks once that a probe has never passed', () => {
    verdicts.set(tcp(node), { up: true, neverPassed: 'connection refused' });
    const { hosts, remarks } = resolve('a', view(), view({ host: 'b.cloud.example.com' }));
    expect(hosts[0]?.addresses).toEqual([node, other]);
    expect(remarks).toEqual([
      {
        reason: 'ProbeNeverPassed',
        message: expect.stringMatching(/tcp:80 of 192\.0\.2\.1.*refused.*--probe/),
      },
    ]);
    expect(resolve('b', view({ addresses: [other] })).remarks).toEqual([]);
  });

  it('knows whether a probe of a Gslb may still turn out never to have passed', () => {
    undecided.add(tcp(other));
    resolve('a', view());
    resolve('b', view({ addresses: [node] }));
    expect(['a', 'b', 'c'].filter((gslb) => checks.isUndecided(gslb))).toEqual(['a']);
    undecided.clear();
    expect(checks.isUndecided('a')).toBe(false);
  });

  it('holds an address that comes back, and tells all Gslbs that wait for it when the hold ends', () => {
    checks.settled();
    const both = () =>
      ['a', 'b'].map((gslb) => resolve(gslb, view({ host: `${gslb}.example.com` })).hosts[0]);
    both();
    verdicts.set(tcp(other), down);
    both();
    second = 10;
    verdicts.delete(tcp(other));
    for (const host of both())
      expect(host).toMatchObject({
        addresses: [node],
        withheld: [{ address: other }],
        mayChangeInSeconds: 5,
      });
    expect(checks.settled()).toBe(5_000);
    second = 15;
    expect(resolve('a', view({ host: 'a.example.com' })).hosts[0]?.addresses).toEqual([node, other]);
    expect([...checks.endedHolds()].sort()).toEqual(['a', 'b']);
    expect(both()[1]).toEqual(view({ host: 'b.example.com' }));
    expect(checks.settled()).toBe(Number.POSITIVE_INFINITY);
  });

  it('holds a host whose last address comes back, as a host only', () => {
    checks.settled();
    const refuses: Verdict = { ...down, answered: true };
    resolve('a', view({ addresses: [node] }));
    verdicts.set(tcp(node), refuses);
    expect(resolve('a', view({ addresses: [node] })).hosts[0]).toMatchObject({ addresses: [] });
    second = 10;
    verdicts.delete(tcp(node));
    expect(resolve('a', view({ addresses: [node] })).hosts[0]).toEqual(
      view({ addresses: [node], heldUntilMs: 1_015_000 }),
    );
  });

  it('holds a host whose Services come back, and not one that gets its first address', () => {
    resolve('a', view(), view({ host: 'new.example.com', addresses: [] }));
    checks.settled();
    const [lost] = resolve('a', view({ health: 'Unhealthy' }), view({ host: 'new.example.com' })).hosts;
    expect(lost).not.toHaveProperty('heldUntilMs');
    second = 1;
    const [back, fresh] = resolve('a', view(), view({ host: 'new.example.com' })).hosts;
    expect(back).toMatchObject({ heldUntilMs: 1_006_000 });
    expect(fresh).not.toHaveProperty('heldUntilMs');
    second = 6;
    expect([...checks.endedHolds()]).toEqual(['a']);
    expect(resolve('a', view()).hosts[0]).not.toHaveProperty('heldUntilMs');
  });

  it('is at the mercy of no prober', () => {
    const without = new Checks({
      probe: { type: 'tcp', port: 80 },
      now: () => ({ monotonicMs: 0, wallMs: 0 }),
    });
    without.setNodes([node]);
    const strict = view({ policy: policy({ type: 'tcp', port: 1 }) });
    expect(without.check(strict)).toEqual(strict);
  });

  it('forgets what was asked of a target when nobody asks it any more', () => {
    const target: ProbeTarget = { address: node, spec: { type: 'tcp', port: 80 } };
    resolve('a', view({ addresses: [node] }));
    checks.resolved('a');
    expect([...checks.gslbsOf([targetName(target)])]).toEqual([]);
  });
});
