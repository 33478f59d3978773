import { expect, test } from 'vitest';
import { composeGrant } from './compose-grant.ts';

const provider = { clusterID: 'prov', clusterUID: 'uid' };
const local = {
  kubeletVersion: 'v1.36.3',
  architecture: 'amd64',
  nodeLabels: { region: 'eu', tier: 'gold' },
  gatewayFingerprint: 'f',
  gatewayAddresses: ['192.0.2.1:30000'],
};

test("a grant is Liqo's default where nobody says anything", () => {
  expect(composeGrant(provider, local, undefined)).toEqual({
    providerClusterID: 'prov',
    providerClusterUID: 'uid',
    resources: { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '20Gi' },
    nodeLabels: { region: 'eu', tier: 'gold' },
    kubeletVersion: 'v1.36.3',
    architecture: 'amd64',
    allowedNamespaces: [],
    gatewayFingerprint: 'f',
    gatewayAddresses: ['192.0.2.1:30000'],
  });
});

test('the Tenant counts more than the cluster, name by name; numbers become text', () => {
  const grant = composeGrant(
    provider,
    { ...local, resources: { cpu: '16', memory: '64Gi' } },
    {
      resources: { cpu: 2 as unknown as string, 'nvidia.com/gpu': '1' },
      nodeLabels: { tier: 'silver' },
      allowedNamespaces: ['podinfo'],
    },
  );
  expect(grant.resources).toEqual({
    cpu: '2',
    memory: '64Gi',
    pods: '110',
    'ephemeral-storage': '20Gi',
    'nvidia.com/gpu': '1',
  });
  expect(grant.nodeLabels).toEqual({ region: 'eu', tier: 'silver' });
  expect(grant.allowedNamespaces).toEqual(['podinfo']);
});
