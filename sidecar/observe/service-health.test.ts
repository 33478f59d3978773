import { describe, expect, it } from 'vitest';
import type { EndpointSlice } from '#core/api/kubernetes.ts';
import type { ServiceHealth } from '#sidecar/model/cluster-view.ts';
import { hasReadyEndpoint, hostHealth } from './service-health.ts';

const states = { H: 'Healthy', U: 'Unhealthy', N: 'NotFound' } as const;
const services = (letters: string): ServiceHealth[] => [...letters].map((letter) => states[letter as 'H']);

describe('health of a host over its Services', () => {
  it.each([
    ['no Service at all is NotFound', '', 'NotFound', 'NotFound'],
    ['one healthy', 'H', 'Healthy', 'Healthy'],
    ['one without ready endpoints', 'U', 'Unhealthy', 'Unhealthy'],
    ['one missing', 'N', 'NotFound', 'NotFound'],
    ['one healthy beside one unhealthy is enough for Any, not for All', 'HU', 'Healthy', 'Unhealthy'],
    ['one healthy beside one missing is enough for Any, not for All', 'NH', 'Healthy', 'NotFound'],
    ['one unhealthy beside one missing: Any says Unhealthy, All NotFound', 'UN', 'Unhealthy', 'NotFound'],
    ['all healthy', 'HHH', 'Healthy', 'Healthy'],
  ])('%s', (_title, letters, any, all) => {
    expect([hostHealth(services(letters), 'Any'), hostHealth(services(letters), 'All')]).toEqual([any, all]);
  });
});

describe('a slice has a ready endpoint', () => {
  const slice = (...endpoints: NonNullable<EndpointSlice['endpoints']>): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'app-1' },
    addressType: 'IPv4',
    endpoints,
  });
  const addresses = ['10.0.0.1'];
  it.each([
    [
      'when one is ready',
      slice({ addresses, conditions: { ready: false } }, { addresses, conditions: { ready: true } }),
      true,
    ],
    ['when nothing is said of readiness (discovery/v1)', slice({ addresses }), true],
    ['not when it is not ready', slice({ addresses, conditions: { ready: false } }), false],
    [
      'not when it terminates, though it still serves',
      slice({ addresses, conditions: { ready: false, serving: true, terminating: true } }),
      false,
    ],
    ['not when it has no address', slice({ addresses: [], conditions: { ready: true } }), false],
    ['not when it is empty', slice(), false],
  ])('%s', (_title, object, ready) => {
    expect(hasReadyEndpoint(object)).toBe(ready);
  });
});
