import { describe, expect, it } from 'vitest';
import type { EndpointSlice } from '#core/api/kubernetes.ts';
import type { ServiceHealth } from '#sidecar/model/cluster-view.ts';
import { hostHealth, isRemoteOnly, readyEndpoint } from './service-health.ts';

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
    expect(readyEndpoint(object)).toBe(ready ? 'local' : undefined);
  });
});

describe('endpoints of other clusters', () => {
  const slice = (ready: boolean): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'app-us', labels: { 'offloading.interspan.dev/endpoint-origin': 'us' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.9'], conditions: { ready } }],
  });

  it('count as remote while they are ready', () => {
    expect([readyEndpoint(slice(true)), readyEndpoint(slice(false))]).toEqual(['remote', undefined]);
  });

  it.each([
    ['a local Service is enough for Any, not for All', [true, false], false, true],
    ['all local', [true, true], false, false],
    ['none local', [false], true, true],
  ])('%s', (_title, local, any, all) => {
    expect([isRemoteOnly(local, 'Any'), isRemoteOnly(local, 'All')]).toEqual([any, all]);
  });
});
