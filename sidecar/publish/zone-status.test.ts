import { describe, expect, it } from 'vitest';
import type { Delegation } from '#sidecar/model/delegation.ts';
import { conditionTellings } from './reconcile-zone.ts';
import { type ZoneEdge, type ZoneStatus, type ZoneStatusInput, zoneStatus } from './zone-status.ts';

const zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 };
const ownNameServer = 'gslb-ns-eu-cloud.example.com';
const member = (geoTag: string, ...addresses: string[]) => ({
  nsName: `gslb-ns-${geoTag}-cloud.example.com`,
  geoTag,
  addresses,
});
const delegation: Delegation = {
  zone: zone.name,
  members: [member('eu', '192.0.2.1', '192.0.2.2'), member('us', '198.51.100.1')],
};
const edge = (parts: Partial<ZoneEdge> = {}): ZoneEdge => ({
  kept: true,
  delegation,
  ownNameServer,
  problem: undefined,
  ...parts,
});
const statusOf = (parts: Partial<ZoneStatusInput> = {}): ZoneStatus =>
  zoneStatus({
    generation: 2,
    zone,
    edge: edge(),
    hold: undefined,
    previous: undefined,
    now: 'now',
    ...parts,
  });
const text = ({ conditions = [] }: ZoneStatus) =>
  conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

describe('the status of a ZoneDelegation', () => {
  it('lists each address of each name server, as k8gb does', () => {
    expect(statusOf().dnsServers).toEqual([
      { name: 'gslb-ns-eu-cloud.example.com', address: '192.0.2.1' },
      { name: 'gslb-ns-eu-cloud.example.com', address: '192.0.2.2' },
      { name: 'gslb-ns-us-cloud.example.com', address: '198.51.100.1' },
    ]);
  });

  it('leaves the name servers as they were while the edge was not read', () => {
    expect(statusOf({ edge: edge({ delegation: undefined }) })).not.toHaveProperty('dnsServers');
  });

  it('says that answers are held, and that they are no more, but nothing where they never were', () => {
    expect(text(statusOf())).not.toContainEqual(expect.stringContaining('AnswersCurrent'));
    const held = statusOf({ hold: { reason: 'MassDelete', sinceMs: 0, untilMs: 600_000 } });
    expect(text(held)).toContain('AnswersCurrent False MassDelete');
    const [telling, ...others] = conditionTellings(statusOf(), held);
    expect(telling).toMatchObject({
      type: 'Warning',
      reason: 'MassDelete',
      message: expect.stringContaining('held until 1970-01-01T00:10:00Z; create them again'),
    });
    expect(others).toEqual([]);
    const after = statusOf({ previous: held });
    expect(text(after)).toContain('AnswersCurrent True NothingHeld');
    expect(conditionTellings(held, after)).toMatchObject([{ type: 'Normal', reason: 'NothingHeld' }]);
  });

  const problem = { code: 'EdgeBadKey', message: 'The key is unknown.', hint: 'Add it.' };
  it.each([
    ['it is delegated to us', {}, ['Accepted True Accepted', 'Delegated True Delegated']],
    [
      'the parent does not list us',
      { edge: edge({ delegation: { zone: zone.name, members: [member('us')] } }) },
      ['Accepted True Accepted', 'Delegated False NotListed'],
    ],
    [
      'the edge has a problem, though its last reading lists us',
      { edge: edge({ problem }) },
      ['Accepted True Accepted', 'Delegated False EdgeBadKey'],
    ],
    [
      'the edge was not read yet',
      { edge: edge({ delegation: undefined }) },
      ['Accepted True Accepted', 'Delegated Unknown NotRead'],
    ],
    [
      'nobody keeps the edge',
      { edge: edge({ kept: false }) },
      ['Accepted True Accepted', 'Delegated Unknown NotKept'],
    ],
    ['the edge is not looked at', { edge: undefined }, ['Accepted True Accepted']],
    [
      'the zone is refused',
      { zone: { reason: 'ZoneConflict', message: 'twice' }, edge: undefined },
      ['Accepted False ZoneConflict'],
    ],
  ])('says when %s', (_title, input, expected) => {
    expect(text(statusOf(input))).toEqual(expected);
  });

  it('has the remedy of a problem in its message', () => {
    const { conditions = [] } = statusOf({ edge: edge({ problem }) });
    expect(conditions[1]?.message).toBe('The key is unknown. Add it.');
  });
});

describe('what is told of a ZoneDelegation', () => {
  const state = (status: 'True' | 'False' | 'Unknown', reason: string): ZoneStatus => ({
    conditions: [{ type: 'Delegated', status, reason, message: '', lastTransitionTime: '' }],
  });
  it.each([
    ['nothing at first when it is well', undefined, state('True', 'Delegated'), []],
    ['what is wrong at first', undefined, state('False', 'EdgeBadKey'), ['Warning EdgeBadKey']],
    ['what turned wrong', state('True', 'Delegated'), state('False', 'NotListed'), ['Warning NotListed']],
    ['nothing while it stays wrong', state('False', 'NotListed'), state('False', 'NotListed'), []],
    ['another fault', state('False', 'NotListed'), state('False', 'EdgeTimeout'), ['Warning EdgeTimeout']],
    ['a recovery', state('False', 'NotListed'), state('True', 'Delegated'), ['Normal Delegated']],
    ['nothing of what is not known', state('Unknown', 'NotRead'), state('True', 'Delegated'), []],
  ] as const)('%s', (_title, before, after, expected) => {
    expect(conditionTellings(before, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(expected);
  });
});
