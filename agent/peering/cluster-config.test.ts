import { expect, test } from 'vitest';
import { readClusterConfig } from './cluster-config.ts';

const config = (data?: Record<string, string>) =>
  readClusterConfig({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'offload-cluster' },
    ...(data ? { data } : {}),
  });

test('an id with labels is read; what is no label is left out', () => {
  expect(config({ clusterID: 'gslb-eu', clusterLabels: 'region=eu, tier=gold,nonsense,=x,a=b=c' })).toEqual({
    clusterID: 'gslb-eu',
    clusterLabels: { region: 'eu', tier: 'gold' },
  });
  expect(config({ clusterID: 'a' })).toEqual({ clusterID: 'a', clusterLabels: {} });
});

test.each([[undefined], [''], ['Upper'], ['-a'], ['a.b'], ['a'.repeat(59)]])(
  'the id %j is refused with words',
  (clusterID) => {
    expect(config(clusterID === undefined ? undefined : { clusterID })).toContain('clusterID');
  },
);
