import { describe, expect, it } from 'vitest';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { degraded, flawsOf } from './degraded.ts';
import { decisionOf, hostView } from './gslb.fixture.ts';

const host = 'app.example.com';
const remarked = (...remarks: HostDecision['remarks']): HostDecision => ({
  ...decisionOf(host, ['192.0.2.1']),
  remarks,
});
const ignored = { reason: 'DrainIgnored', message: 'us is the last' } as const;
const open = { reason: 'FailOpen', message: 'no cluster is alive' } as const;
const withheld = [{ address: '192.0.2.2', why: 'probe failed 3 times: connection refused' }];

describe('the Degraded condition', () => {
  it.each([
    ['nothing is odd', hostView(host), remarked(), 'False AsWanted nothing hampers its hosts'],
    ['a drain is ignored', hostView(host), remarked(ignored), `True DrainIgnored ${host}: us is the last`],
    [
      'there are several remarks',
      hostView(host),
      remarked(ignored, open),
      `True FailOpen ${host}: no cluster is alive; ${host}: us is the last`,
    ],
    [
      'a member is silent',
      hostView(host),
      decisionOf(host, ['192.0.2.1'], 'us: silent for 7 s'),
      'True MemberSilent cluster us is silent, its addresses are withdrawn',
    ],
    [
      'a member is left out for another reason',
      hostView(host),
      decisionOf(host, ['192.0.2.1'], 'us: no ready endpoint'),
      'False AsWanted nothing hampers its hosts',
    ],
    [
      'an address is kept back',
      hostView(host, { withheld }),
      remarked(),
      `True AddressWithheld ${host}: 192.0.2.2 is kept back: probe failed 3 times: connection refused`,
    ],
  ])('when %s', (_title, view, decision, expected) => {
    const { status, reason, message } = degraded(flawsOf([view], () => decision));
    expect(`${status} ${reason} ${message}`).toBe(expected);
  });

  it('says once that the probes are suspect, in the words of the decision if it has any', () => {
    const view = hostView(host, { probesSuspect: true });
    const said = { reason: 'ProbeSuspect', message: 'all fail' } as const;
    expect(flawsOf([view], () => remarked(said))).toEqual([{ ...said, message: `${host}: all fail` }]);
    expect(flawsOf([view], () => remarked()).map(({ reason }) => reason)).toEqual(['ProbeSuspect']);
  });

  it('names a silent member once for all hosts, and counts what it has no room for', () => {
    const views = Array.from({ length: 15 }, (_, i) => hostView(`h${i + 10}.example.com`));
    const silent = flawsOf(views, (name) => decisionOf(name, [], 'us: silent'));
    expect(silent).toHaveLength(1);
    const { message } = degraded(flawsOf(views, () => remarked(ignored)));
    expect(message).toMatch(/^h10\.example\.com: .*h19\.example\.com: us is the last; and 5 more$/);
  });
});
