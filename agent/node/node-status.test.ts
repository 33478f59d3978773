import { expect, test } from 'vitest';
import type { LinkState } from '#agent/model/provider-link.ts';
import { conditionsStand, type NodeStatusInput, nodeStatus, withTimes } from './node-status.ts';

const connected: LinkState = { kind: 'connected' };
const input: NodeStatusInput = {
  nodeName: 'liqo-us',
  clusterID: 'us',
  grant: {
    providerClusterID: 'us',
    providerClusterUID: 'u',
    resources: { cpu: '4', memory: '8Gi', pods: '110' },
    kubeletVersion: 'v1.36.3',
    architecture: 'arm64',
  },
  state: connected,
  kubelet: { address: '10.0.0.7', port: 10250 },
  networkUp: undefined,
};
const conditionOf = (type: string, more: Partial<NodeStatusInput>) =>
  nodeStatus({ ...input, ...more }).conditions?.find((condition) => condition.type === type);

test('capacity, addresses, endpoint and versions are those of the provider and of the agent', () => {
  expect(nodeStatus(input)).toMatchObject({
    capacity: { cpu: '4', memory: '8Gi', pods: '110' },
    allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
    addresses: [
      { type: 'InternalIP', address: '10.0.0.7' },
      { type: 'Hostname', address: 'liqo-us' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: { kubeletVersion: 'v1.36.3', architecture: 'arm64', operatingSystem: 'linux', osImage: '' },
  });
});

test('without a kubelet endpoint there is no address to ask', () => {
  const status = nodeStatus({ ...input, kubelet: undefined });
  expect(status.addresses).toEqual([{ type: 'Hostname', address: 'liqo-us' }]);
  expect(status).not.toHaveProperty('daemonEndpoints');
});

test.each([
  [connected, 'True', 'KubeletReady', 'cluster "us" answers'],
  [
    { kind: 'unreachable', sinceMs: 0, message: 'no answer of 10.1.1.1:6443' },
    'False',
    'ProviderUnreachable',
    'no answer of 10.1.1.1:6443',
  ],
  [{ kind: 'refused', sinceMs: 0, message: 'who are you' }, 'False', 'ProviderRefused', 'who are you'],
] as const)('Ready while the link is %o', (state, status, reason, message) => {
  expect(conditionOf('Ready', { state })).toEqual({ type: 'Ready', status, reason, message });
});

test('the network condition is there when it is known', () => {
  expect(conditionOf('NetworkUnavailable', {})).toBeUndefined();
  expect(conditionOf('NetworkUnavailable', { networkUp: true })).toMatchObject({ status: 'False' });
  expect(conditionOf('NetworkUnavailable', { networkUp: false })).toMatchObject({
    status: 'True',
    reason: 'GatewayDisconnected',
  });
});

test('pressure is not invented', () => {
  expect(conditionOf('MemoryPressure', {})).toMatchObject({ status: 'False', reason: 'NotObserved' });
});

test('a condition keeps its transition until its status changes', () => {
  const first = withTimes(nodeStatus(input), [], '2026-01-01T00:00:00Z');
  const lost = nodeStatus({ ...input, state: { kind: 'unreachable', sinceMs: 0, message: 'm' } });
  const then = withTimes(lost, first.conditions ?? [], '2026-01-02T00:00:00Z');
  const times = Object.fromEntries((then.conditions ?? []).map((c) => [c.type, c.lastTransitionTime]));
  expect(times).toMatchObject({ Ready: '2026-01-02T00:00:00Z', DiskPressure: '2026-01-01T00:00:00Z' });
  expect(then.conditions?.every((c) => c.lastHeartbeatTime === '2026-01-02T00:00:00Z')).toBe(true);
});

test('conditions stand unless somebody changed one', () => {
  const status = nodeStatus(input);
  const found = withTimes(status, [], '2026-01-01T00:00:00Z').conditions ?? [];
  expect(conditionsStand(status, found)).toBe(true);
  expect(conditionsStand(status, found.slice(1))).toBe(false);
  const unknown = found.map((c) => (c.type === 'Ready' ? { ...c, status: 'Unknown' } : c));
  expect(conditionsStand(status, unknown)).toBe(false);
});
