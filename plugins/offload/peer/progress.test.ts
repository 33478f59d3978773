import { expect, test } from 'vitest';
import type { Node } from '#core/api/kubernetes.ts';
import type { ForeignCluster } from '#core/api/offload/foreign-cluster.ts';
import { isPeered, peeringProgress } from './progress.ts';

type Status = NonNullable<ForeignCluster['status']>;
const foreign = (
  conditions: Readonly<Record<string, string>>,
  more: Partial<Status> = {},
): ForeignCluster => ({
  apiVersion: 'core.liqo.io/v1beta1',
  kind: 'ForeignCluster',
  metadata: { name: 'us' },
  spec: { clusterID: 'us' },
  status: {
    ...more,
    conditions: Object.entries(conditions).map(([type, status]) => ({
      type,
      status,
      reason: `Reason${type}`,
      message: `message of ${type}`,
    })),
  },
});
const node = (status: 'True' | 'False'): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'liqo-us' },
  status: { conditions: [{ type: 'Ready', status }] },
});
const all = { InvitationAccepted: 'True', APIServerReady: 'True', NetworkReady: 'True', Ready: 'True' };

test.each<[string, ForeignCluster | undefined, Node | undefined, number, string | undefined]>([
  ['nothing there', undefined, undefined, 0, 'there is no ForeignCluster us yet'],
  ['nothing said', foreign({}), undefined, 0, 'is not InvitationAccepted (NothingSaid'],
  ['accepted', foreign({ InvitationAccepted: 'True' }), undefined, 1, 'is not APIServerReady'],
  ['no node', foreign(all), undefined, 2, 'there is no node liqo-us yet'],
  ['node of earlier', foreign({}), node('True'), 0, 'is not InvitationAccepted'],
  ['node not ready', foreign(all), node('False'), 2, 'node liqo-us is not Ready'],
  [
    'no network',
    foreign({ ...all, NetworkReady: 'False' }),
    node('True'),
    3,
    'is not NetworkReady (ReasonNetworkReady: message of NetworkReady)',
  ],
  ['all', foreign(all), node('True'), 5, undefined],
])('%s', (_, cluster, itsNode, met, waiting) => {
  const progress = peeringProgress('us', cluster, itsNode);
  expect(progress.met).toHaveLength(met);
  if (waiting === undefined) expect(progress.waiting).toBeUndefined();
  else expect(progress.waiting).toContain(waiting);
  expect(progress.refusal).toBeUndefined();
});

test('only a refused invitation ends the waiting', () => {
  const refused = foreign({ InvitationAccepted: 'False' }, { phase: 'Refused' });
  expect(peeringProgress('us', refused, undefined).refusal).toEqual({
    reason: 'ReasonInvitationAccepted',
    message: 'message of InvitationAccepted',
  });
  const away = foreign({ InvitationAccepted: 'False' }, { phase: 'Pending' });
  expect(peeringProgress('us', away, undefined).refusal).toBeUndefined();
});

test.each<[ForeignCluster | undefined, boolean]>([
  [undefined, false],
  [foreign(all, { outgoingPeering: 'Established' }), true],
  [foreign(all, { outgoingPeering: 'None' }), false],
  [foreign({ Ready: 'False' }, { outgoingPeering: 'Established' }), false],
])('whether a peering stands, case %#', (cluster, peered) => {
  expect(isPeered(cluster)).toBe(peered);
});
