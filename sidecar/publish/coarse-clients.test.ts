import { expect, it } from 'vitest';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { decisionOf, gslbView, hostView } from './gslb.fixture.ts';
import { type GslbStatus, gslbStatus } from './gslb-status.ts';
import { tellings } from './tellings.ts';

const host = 'app.example.com';
const view = gslbView([hostView(host)]);
const fine = decisionOf(host, ['192.0.2.1']);
const coarse: HostDecision = {
  ...fine,
  remarks: [{ reason: 'CoarseClients', message: `${host}: a few networks` }],
};
const statusOf = (decision: HostDecision, previous?: GslbStatus) =>
  gslbStatus({ geoTag: 'eu', view, decision: () => decision, previous, now: '2026-01-01T00:00:10Z' });
const condition = ({ conditions }: GslbStatus) => {
  const found = conditions?.find(({ type }) => type === 'CoarseClients');
  return found && `${found.status} ${found.reason}: ${found.message}`;
};
const told = (before: GslbStatus | undefined, decision: HostDecision) =>
  tellings({ before, after: statusOf(decision, before), view, decision: () => decision })
    .filter(({ reason }) => reason === 'CoarseClients')
    .map(({ type, message }) => `${type} ${message}`);

it('nothing is said of Gslbs whose clients never were coarse', () => {
  expect(condition(statusOf(fine))).toBeUndefined();
});

it('coarse clients are a condition of their own: the Gslb is as healthy as before', () => {
  const status = statusOf(coarse, statusOf(fine));
  expect(condition(status)).toBe(`True FewNetworks: ${host}: a few networks`);
  expect(status.health).toBe('Healthy');
  expect(status.conditions?.find(({ type }) => type === 'Degraded')?.status).toBe('False');
});

it('once they are no longer, the condition stays and says so', () => {
  const after = statusOf(fine, statusOf(coarse));
  expect(condition(after)).toMatch(/^False AsWanted: /);
  expect(statusOf(fine, after)).toEqual(after);
});

it('of many hosts the first ten are named', () => {
  const hosts = Array.from({ length: 12 }, (_, k) => hostView(`${k + 10}.example.com`));
  const status = gslbStatus({
    geoTag: 'eu',
    view: gslbView(hosts),
    decision: (name) => ({
      ...coarse,
      host: name,
      remarks: [{ reason: 'CoarseClients', message: `${name}: x` }],
    }),
    previous: undefined,
    now: '',
  });
  expect(condition(status)).toMatch(/10\.example\.com: x; .*19\.example\.com: x; and 2 more$/);
});

it('is told once, when it begins', () => {
  expect(told(statusOf(fine), coarse)).toEqual([`Warning ${host}: a few networks`]);
  expect(told(statusOf(coarse), coarse)).toEqual([]);
  expect(told(statusOf(coarse), fine)).toEqual([]);
  expect(told(statusOf(fine, statusOf(coarse)), coarse)).toHaveLength(1);
});
