import { describe, expect, it } from 'vitest';
import type { GslbView, ServiceHealth } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { decisionOf, gslbView, hostView } from './gslb.fixture.ts';
import { type GslbStatus, gslbStatus } from './gslb-status.ts';
import { tellings } from './tellings.ts';

const host = 'app.example.com';
interface State {
  readonly view: GslbView;
  readonly decision: HostDecision;
}
const state = (health: ServiceHealth, records: string[], ...removed: string[]): State => ({
  view: gslbView([hostView(host, { health })]),
  decision: decisionOf(host, records, ...removed),
});
const refused = (...messages: string[]): State => {
  const [message = '', ...more] = messages;
  const warnings = more.map((text) => ({ reason: 'HostConflict', message: text }));
  return {
    view: gslbView([], { acceptance: { accepted: false, reason: 'UnknownStrategy', message }, warnings }),
    decision: decisionOf(host, []),
  };
};
const warned = (...messages: string[]): State => ({
  ...state('Healthy', ['192.0.2.1']),
  view: gslbView([hostView(host)], {
    warnings: messages.map((message) => ({ reason: 'WeightIgnored', message })),
  }),
});

const statusOf = ({ view, decision }: State): GslbStatus =>
  gslbStatus({ geoTag: 'eu', view, decision: () => decision, previous: undefined, now: '' });
const tell = (before: State | undefined, after: State) =>
  tellings({
    before: before && statusOf(before),
    after: statusOf(after),
    view: after.view,
    decision: () => after.decision,
  });
const both = state('Healthy', ['192.0.2.1', '198.51.100.1']);
const own = state('Healthy', ['192.0.2.1'], 'us: silent');
const none = state('Unhealthy', [], 'eu: no ready endpoint', 'us: silent');

describe('what is told of a Gslb', () => {
  it.each([
    ['nothing when nothing changed', both, both, []],
    ['nothing when a refusal stays', refused('no'), refused('no'), []],
    ['nothing when a warning stays', warned('odd'), warned('odd'), []],
    ['a first answer', undefined, own, ['Normal TargetsChanged']],
    ['nothing of a first state without answer', undefined, none, []],
    ['a loss of targets', both, own, ['Normal TargetsChanged']],
    ['a loss of all', own, none, ['Warning Unhealthy', 'Warning TargetsChanged']],
    ['a Service that is gone', own, state('NotFound', []), ['Warning NotFound', 'Warning TargetsChanged']],
    ['a recovery', none, own, ['Normal Healthy', 'Normal TargetsChanged']],
    [
      'health that changes no answer',
      both,
      state('Unhealthy', ['192.0.2.1', '198.51.100.1']),
      ['Warning Unhealthy'],
    ],
    ['a refusal', both, refused('no'), ['Warning UnknownStrategy']],
    ['a refusal on first sight', undefined, refused('no'), ['Warning UnknownStrategy']],
    ['another refusal', refused('no'), refused('never'), ['Warning UnknownStrategy']],
    ['a second reason of a refusal', refused('no'), refused('no', 'taken'), ['Warning HostConflict']],
    ['the end of a refusal', refused('no'), own, ['Normal Accepted', 'Normal TargetsChanged']],
    ['a warning', own, warned('odd'), ['Warning WeightIgnored']],
    ['only the new one of two warnings', warned('odd'), warned('odd', 'older'), ['Warning WeightIgnored']],
  ] as const)('%s', (_title, before, after, expected) => {
    expect(tell(before, after).map(({ type, reason }) => `${type} ${reason}`)).toEqual(expected);
  });

  it('names the new answer, the last one, and who is left out, and why', () => {
    expect(tell(both, own).map(({ message }) => message)).toEqual([
      'app.example.com answers 192.0.2.1 (eu); before: 192.0.2.1, 198.51.100.1; left out: us (silent)',
    ]);
    expect(tell(own, none).map(({ message }) => message)).toEqual([
      'app.example.com lacks a ready endpoint in eu (Services: web/app)',
      'app.example.com answers nothing; before: 192.0.2.1; left out: eu (no ready endpoint), us (silent)',
    ]);
  });
});
