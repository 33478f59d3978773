import { describe, expect, it } from 'vitest';
import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { FilterName, HostDecision } from '#sidecar/model/host-decision.ts';
import { decisionOf, gslbView, hostView } from './gslb.fixture.ts';
import { type GslbStatus, gslbStatus } from './gslb-status.ts';
import { tellings } from './tellings.ts';

const host = 'app.example.com';
const address: Record<string, string> = { eu: '192.0.2.1', us: '198.51.100.1', za: '203.0.113.1' };
const failover = hostView(host, { strategy: { type: 'failover', primaryGeoTag: 'eu' } });
const simple = hostView(host);

/** What answers, by geotag or address; `active`: `us: eu has no ready endpoint`; `removed`: `drained za maintenance`. */
function state(
  answers: string,
  parts: { active?: string; answering?: string; removed?: string; view?: HostView } = {},
) {
  const words = answers.split(' ').filter((tag) => tag !== '');
  const clusters = parts.answering?.split(' ') ?? words;
  const [active, reason = ''] = parts.active?.split(': ') ?? [];
  const [filter, geoTag = '', ...why] = parts.removed?.split(' ') ?? [];
  const decision: HostDecision = {
    ...decisionOf(
      host,
      words.map((tag) => address[tag] ?? tag),
    ),
    answeringGeoTags: clusters,
    steps:
      filter === undefined
        ? []
        : [{ filter: filter as FilterName, removed: [{ geoTag, why: why.join(' ') }] }],
    ...(active === undefined ? {} : { active: { geoTag: active, epoch: 1, sinceMs: 0, reason } }),
  };
  return { decision, view: gslbView([parts.view ?? simple]) };
}
type State = ReturnType<typeof state>;

const statusOf = ({ view, decision }: State, previous?: GslbStatus): GslbStatus =>
  gslbStatus({ geoTag: 'eu', view, decision: () => decision, previous, now: '' });
function tell(before: State, after: State): readonly string[] {
  const last = statusOf(before);
  return tellings({
    before: last,
    after: statusOf(after, last),
    view: after.view,
    decision: () => after.decision,
  }).map(({ type, reason, message }) => `${type} ${reason} ${message}`);
}
const withheld = (...addresses: string[]): HostView => ({
  ...simple,
  withheld: addresses.map((each) => ({ address: each, why: 'probe failed 3 times: connection refused' })),
});
const ownAddresses = (...addresses: string[]): HostView => ({ ...simple, addresses });
const euAnswers = `${host} answers 192.0.2.1 (eu); before: 198.51.100.1`;
const usAnswers = `${host} answers 198.51.100.1 (us); before: 192.0.2.1`;
const both = '192.0.2.1, 198.51.100.1';

describe('what is told of an answer that changes', () => {
  it.each([
    [
      'failing over',
      state('eu', { active: 'eu: first', view: failover }),
      state('us', { active: 'us: eu has no ready endpoint', view: failover, removed: 'alive eu dead' }),
      [`Warning FailedOver eu→us: eu has no ready endpoint; ${usAnswers}`],
    ],
    [
      'failing back to the primary',
      state('us', { active: 'us: eu was dead', view: failover }),
      state('eu', { active: 'eu: healthy again', view: failover }),
      [`Normal FailedBack us→eu: healthy again; ${euAnswers}`],
    ],
    [
      'going on from one secondary to the next',
      state('us', { active: 'us: eu was dead', view: failover }),
      state('za', { active: 'za: us is dead', view: failover }),
      [`Warning FailedOver us→za: us is dead; ${host} answers 203.0.113.1 (za); before: 198.51.100.1`],
    ],
    [
      'nothing of an active cluster that stays',
      state('us', { active: 'us: eu was dead', view: failover }),
      state('us', { active: 'us: eu was dead', view: failover }),
      [],
    ],
    [
      'a drain',
      state('eu us'),
      state('eu', { removed: 'drained us maintenance (GslbCluster us)' }),
      [`Normal Drained us: maintenance (GslbCluster us); ${host} answers 192.0.2.1 (eu); before: ${both}`],
    ],
    [
      'a drain of a cluster that did not answer anyway',
      state('eu', { removed: 'alive us silent' }),
      state('eu', { removed: 'drained us maintenance' }),
      [`Normal Drained us: maintenance; ${host}`],
    ],
    [
      'nothing of a drain that stays',
      state('eu', { removed: 'drained us a' }),
      state('eu', { removed: 'drained us a' }),
      [],
    ],
    [
      'the end of a drain',
      state('eu', { removed: 'drained us maintenance' }),
      state('eu us'),
      [`Normal DrainEnded us takes clients again; ${host} answers ${both} (eu, us); before: 192.0.2.1`],
    ],
    [
      'the end of a drain of a cluster that is dead by now',
      state('eu', { removed: 'drained us maintenance' }),
      state('eu', { removed: 'alive us silent' }),
      [`Normal DrainEnded us is no longer drained, but left out: silent; ${host}`],
    ],
    [
      'an address that is kept back',
      state('eu us'),
      state('eu', { view: withheld('198.51.100.1') }),
      [
        `Warning TargetWithheld 198.51.100.1: probe failed 3 times: connection refused; ${host} answers 192.0.2.1 (eu); before: ${both}`,
      ],
    ],
    [
      'nothing of an address that stays kept back',
      state('eu', { view: withheld('198.51.100.1') }),
      state('eu', { view: withheld('198.51.100.1') }),
      [],
    ],
    [
      'the return of an address that was kept back',
      state('192.0.2.1', { answering: 'eu', view: withheld('192.0.2.9') }),
      state('192.0.2.1 192.0.2.9', { answering: 'eu', view: ownAddresses('192.0.2.1', '192.0.2.9') }),
      [
        `Normal TargetsChanged ${host} answers 192.0.2.1, 192.0.2.9 (eu); before: 192.0.2.1; 192.0.2.9 of eu is kept back no longer`,
      ],
    ],
    [
      'an address that this cluster gets, and another that it loses without keeping it back',
      state('192.0.2.1 192.0.2.8', { answering: 'eu', view: ownAddresses('192.0.2.1', '192.0.2.8') }),
      state('192.0.2.1 192.0.2.9', { answering: 'eu', view: ownAddresses('192.0.2.1', '192.0.2.9') }),
      [
        `Normal TargetsChanged ${host} answers 192.0.2.1, 192.0.2.9 (eu); before: 192.0.2.1, 192.0.2.8; eu has 192.0.2.9 now; eu has 192.0.2.8 no longer`,
      ],
    ],
    [
      'an address that another cluster loses',
      state('192.0.2.1 198.51.100.1 198.51.100.2', { answering: 'eu us' }),
      state('192.0.2.1 198.51.100.1', { answering: 'eu us' }),
      [
        `Normal TargetsChanged ${host} answers ${both} (eu, us); before: ${both}, 198.51.100.2; us gives 198.51.100.2 no longer: its own Gslb says why`,
      ],
    ],
    [
      'an address that one of several other clusters gets',
      state('192.0.2.1 198.51.100.1', { answering: 'eu us za' }),
      state('192.0.2.1 198.51.100.1 198.51.100.2', { answering: 'eu us za' }),
      [
        `Normal TargetsChanged ${host} answers ${both}, 198.51.100.2 (eu, us, za); before: ${both}; us or za gives 198.51.100.2 now`,
      ],
    ],
    [
      'another address beside one that is kept back',
      state('eu us'),
      state('', { view: withheld('198.51.100.1') }),
      [
        `Warning TargetWithheld 198.51.100.1: probe failed 3 times: connection refused; ${host} answers nothing; before: ${both}`,
        `Warning TargetsChanged ${host} answers nothing; before: ${both}`,
      ],
    ],
    [
      'a cluster that fell silent',
      state('eu us'),
      state('eu', { removed: 'alive us silent' }),
      [`Normal TargetsChanged ${host} answers 192.0.2.1 (eu); before: ${both}; left out: us (silent)`],
    ],
  ])('%s', (_title, before, after, expected) => {
    expect(tell(before, after)).toEqual(expected);
  });

  it('is not told a second time to a writer that sees the status written', () => {
    const after = state('us', { active: 'us: eu is dead', view: failover, removed: 'drained eu x' });
    const written = statusOf(after, statusOf(state('eu', { active: 'eu: first', view: failover })));
    expect(
      tellings({
        before: written,
        after: statusOf(after, written),
        view: after.view,
        decision: () => after.decision,
      }),
    ).toEqual([]);
  });
});
