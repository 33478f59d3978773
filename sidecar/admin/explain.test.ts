import { describe, expect, it } from 'vitest';
import { parseExplanation } from '#core/admin/parse.ts';
import type { Choice, Weighted } from '#sidecar/model/answers.ts';
import type { ClusterView, GslbView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { type ExplainInput, explain } from './explain.ts';

const name = 'app.cloud.example.com';
const gslb = { group: 'k8gb.io', namespace: 'web', name: 'app' } as const;
const host: HostView = {
  host: name,
  zone: 'cloud.example.com',
  gslb,
  strategy: { type: 'failover', primaryGeoTag: 'eu' },
  ttlSeconds: 30,
  health: 'Unhealthy',
  addresses: ['192.0.2.1'],
  withheld: [{ address: '192.0.2.2', why: 'probe failed 3 times: connection refused' }],
  heldUntilMs: 20_000,
  mayChangeInSeconds: 5,
  services: [],
};
const leaf = (...addresses: string[]): Choice => ({ kind: 'fixed', addresses });
const drawn: Weighted = {
  kind: 'weighted',
  among: [{ weight: 1, choice: { kind: 'fixed', addresses: ['192.0.2.1'] } }],
};
const decision = (a: Choice, parts: Partial<HostDecision> = {}): HostDecision => ({
  host: name,
  answers: [{ name, zone: host.zone, a, aaaa: leaf(), ttlSeconds: 5, negativeTtlSeconds: 3 }],
  healthyRecords: [],
  answeringGeoTags: ['us'],
  steps: [
    { filter: 'alive', removed: [{ geoTag: 'eu', why: 'no ready endpoint' }] },
    { filter: 'drained', removed: [], note: 'passed over: us is the last' },
  ],
  remarks: [{ reason: 'DrainIgnored', message: 'us is the last' }],
  active: { geoTag: 'us', epoch: 2, sinceMs: 1000, reason: 'eu has no ready endpoint' },
  reconsiderAtMs: 60_000,
  ...parts,
});
const view = (parts: Partial<ClusterView> = {}): ClusterView => ({
  geoTag: 'eu',
  zones: [{ name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 }],
  gslbs: new Map(),
  hosts: new Map([[name, host]]),
  clusters: new Map(),
  dnsAddresses: [],
  ...parts,
});
const ask = (parts: Partial<ExplainInput> = {}) => {
  const said = explain({
    host: name,
    client: undefined,
    view: view(),
    peers: [
      { geoTag: 'us', state: 'answering', hosts: new Map([[name, ['198.51.100.1']]]) },
      { geoTag: 'za', state: 'silent', hosts: new Map([[name, ['203.0.113.1']]]) },
    ],
    decision: () => decision(leaf('198.51.100.1')),
    ...parts,
  });
  // Whatever is said can be read by who asks.
  expect(parseExplanation(JSON.stringify(said))).toEqual(said);
  return said;
};

describe('an explanation', () => {
  it('says each step, the record, what is kept back, the answer and its TTL with the cause', () => {
    expect(ask()).toEqual({
      apiVersion: 'admin.interspan.dev/v1alpha1',
      kind: 'Explanation',
      geoTag: 'eu',
      host: name,
      decided: {
        name,
        zone: 'cloud.example.com',
        gslb,
        strategy: { type: 'failover', primaryGeoTag: 'eu' },
        health: 'Unhealthy',
        members: [
          {
            geoTag: 'eu',
            state: 'own',
            addresses: [],
            leftOut: { filter: 'alive', why: 'no ready endpoint' },
          },
          { geoTag: 'us', state: 'answering', addresses: ['198.51.100.1'] },
          { geoTag: 'za', state: 'silent', addresses: [] },
        ],
        steps: decision(leaf()).steps,
        remarks: [{ reason: 'DrainIgnored', message: 'us is the last' }],
        active: { geoTag: 'us', epoch: 2, since: '1970-01-01T00:00:01Z', reason: 'eu has no ready endpoint' },
        withheld: host.withheld,
        heldUntil: '1970-01-01T00:00:20Z',
        reconsiderAt: '1970-01-01T00:01:00Z',
        answer: { clusters: ['us'], addresses: ['198.51.100.1'], varies: 'no', scopeBits: 0 },
        ttl: {
          seconds: 5,
          negativeSeconds: 3,
          cause: 'the Gslb has 30 s, but a check that is under way may change the answer in 5 s',
        },
      },
    });
  });

  const weighted: Choice = {
    kind: 'weighted',
    among: [
      { weight: 3, choice: { kind: 'fixed', addresses: ['192.0.2.1'] } },
      { weight: 1, choice: { kind: 'fixed', addresses: ['198.51.100.1'] } },
    ],
  };
  const byNet: Choice = {
    kind: 'byNet',
    choices: [
      { kind: 'fixed', addresses: ['192.0.2.1'] },
      { kind: 'fixed', addresses: ['198.51.100.1'] },
    ],
    nets: [{ prefix: '10.0.0.0/8', choice: 1 }],
    otherwise: 0,
  };

  it('of weights names the shares', () => {
    expect(ask({ decision: () => decision(weighted) }).decided?.answer).toMatchObject({
      varies: 'draw',
      shares: [
        { weight: 3, addresses: ['192.0.2.1'] },
        { weight: 1, addresses: ['198.51.100.1'] },
      ],
      scopeBits: 0,
    });
  });

  it('of what depends on the client says so while none is given', () => {
    expect(ask({ decision: () => decision(byNet) }).decided?.answer).toEqual({
      clusters: ['us'],
      addresses: ['192.0.2.1', '198.51.100.1'],
      varies: 'client',
      dependsOn: ['network'],
    });
  });

  it.each([
    ['nothing', leaf('192.0.2.1'), undefined],
    ['a draw', drawn, ['draw']],
    ['a hash', { kind: 'byHash', ipv4Bits: 24, ipv6Bits: 56, among: [] }, ['hash']],
    [
      'networks, places and a draw within them',
      {
        kind: 'byNet',
        choices: [
          {
            kind: 'byPlace',
            revision: 1,
            choices: [{ kind: 'fixed', addresses: [] }, drawn],
            choiceOfPlace: [1],
            otherwise: 0,
          },
        ],
        nets: [],
        otherwise: 0,
      },
      ['network', 'place', 'draw'],
    ],
  ] as const)('says that the answer depends on %s', (_, choice, dependsOn) => {
    expect(ask({ decision: () => decision(choice) }).decided?.answer.dependsOn).toEqual(dependsOn);
  });

  it('for one client says as well that clients are coarse, which the chain for one cannot', () => {
    const remark = { reason: 'CoarseClients' as const, message: 'a few networks' };
    const other = { reason: 'FailOpen' as const, message: 'of another client' };
    const { decided } = ask({
      client: '10.1.2.3',
      decision: () => decision(drawn, { remarks: [remark, other] }),
      run: () => ({ steps: [], remarks: [], a: leaf('198.51.100.1'), aaaa: leaf() }),
    });
    expect(decided?.remarks).toEqual([remark]);
  });

  it('for one client has the chain, the answer and the scope of that client', () => {
    const steps = [{ filter: 'strategy' as const, removed: [{ geoTag: 'eu', why: 'us is nearer' }] }];
    const { client, decided } = ask({
      client: '10.1.2.3',
      decision: () => decision(byNet),
      run: () => ({ steps, remarks: [], a: leaf('198.51.100.1'), aaaa: leaf() }),
      scopeBits: () => 8,
    });
    expect(client).toBe('10.1.2.3');
    expect(decided?.steps).toEqual(steps);
    expect(decided?.members[0]?.leftOut).toEqual({ filter: 'strategy', why: 'us is nearer' });
    expect(decided?.answer).toEqual({
      clusters: ['us', 'za'],
      addresses: ['198.51.100.1'],
      varies: 'no',
      dependsOn: ['network'],
      scopeBits: 8,
    });
  });
});

describe('a host that only peers have', () => {
  const other = 'other.cloud.example.com';
  const peers = ['za', 'us'].map((geoTag) => ({
    geoTag,
    state: 'answering' as const,
    hosts: new Map([[other, ['198.51.100.1']]]),
  }));

  it('of which they tell addresses alone is not answered, and it is told who has it', () => {
    expect(ask({ host: other, peers, decision: () => undefined }).notServed).toBe(
      'no Gslb of this cluster has the host other.cloud.example.com, so it is not answered here, though us, za have it; a Gslb of the same namespace and name here makes this cluster answer it too',
    );
  });

  it('of which they tell what is wanted is explained as it is answered', () => {
    const adopted = { ...host, host: other, health: 'NotFound' as const, addresses: [] };
    const { notServed, decided } = ask({ host: other, peers, adopted: () => adopted });
    expect(notServed).toBeUndefined();
    expect(decided).toMatchObject({ name: other, health: 'NotFound' });
    expect(decided?.members.map(({ geoTag, addresses }) => `${geoTag} ${addresses.join()}`)).toEqual([
      'eu ',
      'us 198.51.100.1',
      'za 198.51.100.1',
    ]);
  });
});

describe('what is not served', () => {
  const refusing = (message: string, warning?: string): ClusterView['gslbs'] => {
    const said: GslbView = {
      reference: gslb,
      uid: '',
      generation: 1,
      createdAtMs: 0,
      acceptance:
        warning === undefined ? { accepted: false, reason: 'HostConflict', message } : { accepted: true },
      hosts: [],
      warnings: warning === undefined ? [] : [{ reason: 'HostConflict', message: warning }],
    };
    return new Map([['k8gb.io/web/app', said]]);
  };
  it.each([
    [
      'a name in no zone',
      'app.example.org',
      view(),
      'app.example.org is in no zone that is served here (cloud.example.com); a ZoneDelegation adds one',
    ],
    [
      'a host of no Gslb',
      'other.cloud.example.com',
      view(),
      'no Gslb of this cluster has the host other.cloud.example.com, so it is not answered here; clusters are asked only for hosts of this one, so who else has it is not known here: kubectl gslb explain other.cloud.example.com --all-contexts asks them; a Gslb of the same namespace and name here makes this cluster answer it too',
    ],
    [
      'a refused host',
      'b.cloud.example.com',
      view({ gslbs: refusing('b.cloud.example.com is taken') }),
      'Gslb web/app is not served for it: HostConflict: b.cloud.example.com is taken',
    ],
    [
      'one host of an accepted Gslb',
      'b.cloud.example.com',
      view({ gslbs: refusing('', 'the host b.cloud.example.com is taken') }),
      'Gslb web/app is not served for it: HostConflict: the host b.cloud.example.com is taken',
    ],
    [
      'a host whose name is part of a refused one',
      'b.cloud.example.com',
      view({ gslbs: refusing('a.b.cloud.example.com is taken') }),
      expect.stringMatching(
        /^no Gslb of this cluster has the host b\.cloud\.example\.com, so it is not answered here;/,
      ),
    ],
  ])('%s is told why', (_title, asked, known, expected) => {
    const { notServed, decided } = ask({ host: asked, view: known });
    expect({ notServed, decided }).toEqual({ notServed: expected, decided: undefined });
  });

  it('a host that is not decided yet is said to be so', () => {
    expect(ask({ decision: () => undefined }).notServed).toContain('nothing is decided about');
  });
});
