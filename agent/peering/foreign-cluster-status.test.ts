import { expect, test } from 'vitest';
import { foreignClusterKind } from '#core/api/offload/foreign-cluster.ts';
import { validate } from '#core/api/validate.ts';
import {
  foreignClusterStatus,
  type OutgoingFacts,
  type PeeringFacts,
  rememberedFacts,
} from './foreign-cluster-status.ts';

const about = { tenantNamespace: 'liqo-tenant-us', generation: 1, now: new Date('2026-01-01T00:00:00.123Z') };
const invitation = { status: 'True', reason: 'Accepted', message: 'accepted' } as const;
const refused = { status: 'False', reason: 'InvitationUsed', message: 'used' } as const;
const peered: OutgoingFacts = {
  stage: 'peered',
  invitation,
  link: { kind: 'connected' },
  remoteTenantNamespace: 'r',
};
const unreachable = { kind: 'unreachable', sinceMs: 0, message: 'https://h:1 is silent' } as const;
const no = { kind: 'refused', sinceMs: 0, message: '401' } as const;
const incoming = {
  tenantNamespace: 'liqo-tenant-x',
  word: 'Established',
  reason: 'Accepted',
  message: 'm',
} as const;
const status = (facts: PeeringFacts, before?: ReturnType<typeof foreignClusterStatus>) =>
  foreignClusterStatus(facts, about, before);
const stage = (outgoing: Partial<OutgoingFacts>): PeeringFacts => ({ outgoing: { ...peered, ...outgoing } });
const { link: _, ...unknown } = peered;

test.each([
  // facts, role, phase, outgoing, incoming, networking, authentication, Ready
  [stage({}), 'Provider Established Established None Pending Established True/Peered'],
  [
    stage({ link: unreachable }),
    'Provider Unreachable Error None Pending Established False/ProviderUnreachable',
  ],
  [stage({ link: no }), 'Provider Refused Error None Pending Error False/ProviderRefused'],
  [{ outgoing: unknown }, 'Provider Pending Pending None Pending Pending False/NotAsked'],
  [
    stage({ trouble: { ...refused, reason: 'TenantNamespaceTaken' } }),
    'Provider Pending Pending None Pending Established False/TenantNamespaceTaken',
  ],
  [
    stage({
      stage: 'redeeming',
      invitation: { ...refused, status: 'Unknown', reason: 'WaitingForProvider' },
    }),
    'Provider Pending Pending None None Pending False/WaitingForProvider',
  ],
  [
    stage({ stage: 'refused', invitation: refused }),
    'Provider Refused Error None None Error False/InvitationUsed',
  ],
  [stage({ stage: 'leaving' }), 'Provider Leaving Pending None None Established False/Leaving'],
  [stage({ stage: 'departed' }), 'Provider Departed Departed None None None False/Departed'],
  [{ incoming }, 'Consumer Established None Established Pending Established True/Accepted'],
  [
    { incoming: { ...incoming, word: 'Pending' } },
    'Consumer Pending None Pending Pending Pending Unknown/Accepted',
  ],
  [{ incoming: { ...incoming, word: 'Error' } }, 'Consumer Refused None Error Pending Error False/Accepted'],
  [
    { outgoing: peered, incoming },
    'ConsumerAndProvider Established Established Established Pending Established True/Peered',
  ],
  [
    { outgoing: peered, networking: { up: true, message: '' } },
    'Provider Established Established None Established Established True/Peered',
  ],
  [
    { outgoing: peered, networking: { up: false, message: '' } },
    'Provider Established Established None Error Established True/Peered',
  ],
] as const)(
  'case %#: role, phase, outgoing, incoming, networking, authentication and Ready',
  (facts, words) => {
    const shown = status(facts as PeeringFacts);
    const ready = shown.conditions?.find(({ type }) => type === 'Ready');
    const { role, phase, outgoingPeering, incomingPeering, networking, authentication } = shown;
    expect(
      [
        role,
        phase,
        outgoingPeering,
        incomingPeering,
        networking,
        authentication,
        `${ready?.status}/${ready?.reason}`,
      ].join(' '),
    ).toBe(words);
    expect(validate(foreignClusterKind.status, shown)).toEqual([]);
  },
);

test.each<[string, PeeringFacts, readonly string[]]>([
  [
    'a provider',
    { outgoing: peered, networking: { up: true, message: 'm' } },
    [
      'networking true NetworkConnectionStatus=Established/ConnectionEstablished',
      'authentication true AuthIdentityControlPlaneStatus=Ready/IdentityReady',
      'offloading true OffloadingNodeStatus=Ready/NodesReady',
    ],
  ],
  [
    'a provider that is away',
    { ...stage({ link: unreachable }), networking: { up: false, message: 'm' } },
    [
      'networking true NetworkConnectionStatus=Error/ConnectionError',
      'authentication true AuthIdentityControlPlaneStatus=Ready/IdentityReady',
      'offloading true OffloadingNodeStatus=NotReady/NodesNotReady',
    ],
  ],
  [
    'a provider that refuses us',
    stage({ link: no }),
    [
      'networking true NetworkConnectionStatus=Pending/ConnectionPending',
      'authentication true AuthIdentityControlPlaneStatus=NotReady/IdentityNotReady',
      'offloading true OffloadingNodeStatus=NotReady/NodesNotReady',
    ],
  ],
  [
    'a consumer',
    { incoming },
    [
      'networking true NetworkConnectionStatus=Pending/ConnectionPending',
      'authentication true AuthTenantStatus=Ready/TenantReady',
      'offloading false ',
    ],
  ],
  [
    'one that was left',
    stage({ stage: 'departed' }),
    ['networking false ', 'authentication false ', 'offloading false '],
  ],
])('the modules of %s say in the words of Liqo how they are', (_, facts, words) => {
  const { modules = {} } = status(facts);
  const said = Object.entries(modules).map(([name, { enabled, conditions = [] }]) => {
    const each = conditions.map(({ type, status: word, reason }) => `${type}=${word}/${reason}`);
    return `${name} ${enabled} ${each.join(' ')}`;
  });
  expect(said).toEqual(words);
});

test('a condition keeps its time while it says the same, and gets a new one when its status changes', () => {
  const before = status(stage({}));
  const later = { ...about, now: new Date('2026-01-01T01:00:00Z') };
  expect(foreignClusterStatus(stage({}), later, before)).toEqual(before);
  const after = foreignClusterStatus(stage({ link: unreachable }), later, before);
  const times = Object.fromEntries(
    after.conditions?.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]) ?? [],
  );
  expect(times).toEqual({
    InvitationAccepted: '2026-01-01T00:00:00Z',
    APIServerReady: '2026-01-01T01:00:00Z',
    NetworkReady: '2026-01-01T00:00:00Z',
    Ready: '2026-01-01T01:00:00Z',
  });
});

test('what others told is read back from the status as it was told', () => {
  const facts = { incoming, networking: { up: false, message: 'no way' } };
  expect(rememberedFacts(status({ outgoing: peered, ...facts }))).toEqual(facts);
  expect(rememberedFacts(status({ outgoing: peered }))).toEqual({
    incoming: undefined,
    networking: undefined,
  });
  expect(rememberedFacts(undefined)).toEqual({ incoming: undefined, networking: undefined });
});

test('what is wrong says what to do', () => {
  const messageOf = (facts: PeeringFacts, type: string): string =>
    status(facts).conditions?.find((each) => each.type === type)?.message ?? '';
  expect(messageOf(stage({ link: unreachable }), 'APIServerReady')).toContain('https://h:1');
  expect(messageOf(stage({ link: no }), 'Ready')).toContain('kubectl offload unpeer');
});
