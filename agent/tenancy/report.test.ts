import { expect, test } from 'vitest';
import { names } from '#agent/model/names.ts';
import type { KubeObject } from '#core/api/kubernetes.ts';
import { acceptedConsumers } from './report.ts';

const namespace = 'liqo-tenant-a';
const consumer = { clusterID: 'eu', clusterUID: 'uid', publicKey: 'key', gatewayFingerprint: 'judged' };
const object = (kind: string, more: object): KubeObject =>
  ({ apiVersion: 'x', kind, metadata: { namespace, name: names.peering }, ...more }) as KubeObject;

/** What is watched, with a claim of this consumer and phase, given to whom the Tenant's status says. */
function heldWith(claimed: object, phase: string, granted: object | undefined) {
  const claim = object('PeeringClaim', { spec: { consumer: claimed }, status: { phase } });
  const tenant = object('Tenant', { spec: {}, status: granted && { authParams: granted } });
  const label = { 'liqo.io/tenant-namespace': 'true' };
  const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: label } };
  const watch = (item: KubeObject) => ({ get: () => item, list: () => [item] });
  const held = { namespaces: watch(own), tenants: watch(tenant), claims: watch(claim) };
  return { held: held as unknown as Parameters<typeof acceptedConsumers>[0]['held'] };
}

test.each<[string, ReturnType<typeof heldWith>, object]>([
  ['accepted', heldWith(consumer, 'Accepted', consumer), { eu: { gatewayFingerprint: 'judged' } }],
  [
    'accepted, with another gateway in its claim by now',
    heldWith({ ...consumer, gatewayFingerprint: 'of somebody else' }, 'Accepted', consumer),
    { eu: { gatewayFingerprint: 'judged' } },
  ],
  ['somebody else by now', heldWith({ ...consumer, publicKey: 'other' }, 'Accepted', consumer), {}],
  ['not judged yet', heldWith(consumer, 'Open', undefined), {}],
  ['accepted by nobody, whatever its claim says', heldWith(consumer, 'Accepted', undefined), {}],
  ['leaving', heldWith(consumer, 'Leaving', consumer), {}],
])('a consumer that is %s', (_, held, known) => {
  expect(acceptedConsumers(held)).toEqual(known);
});
