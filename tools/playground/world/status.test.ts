import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import { planWorld } from './plan.ts';
import { problems, renderStatus, type WorldStatus } from './status.ts';

const world = planWorld('default', 0);
const node = (name: string, status: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status }] },
});
const pod = (name: string, nodeName: string, ready: string, phase = 'Running'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'web' },
  spec: { nodeName },
  status: { phase, conditions: [{ type: 'Ready', status: ready }] },
});
const healthy: WorldStatus = {
  world,
  dead: [],
  clusters: world.clusters.map((plan) => ({
    plan,
    objects: {
      nodes: plan.nodes.map(({ name }) => node(name, 'True')),
      pods: [pod('a', `${plan.name}-1`, 'True'), pod('job', `${plan.name}-2`, 'False', 'Succeeded')],
    },
  })),
  delegation: ['cloud.example.com. 30 IN NS gslb-ns-eu-cloud.example.com.'],
};
const withEu = (objects: WorldStatus['clusters'][number]['objects']): WorldStatus => ({
  ...healthy,
  clusters: healthy.clusters.map((cluster, index) => (index === 0 ? { ...cluster, objects } : cluster)),
});

describe('problems', () => {
  test.each<[string, WorldStatus, string[]]>([
    ['a whole world has none', healthy, []],
    ['a world that nobody delegated to is whole', { ...healthy, delegation: [] }, []],
    ['a dead daemon', { ...healthy, dead: ['edge: named'] }, ['edge: named is not running']],
    ['a silent BIND', { ...healthy, delegation: undefined }, ['edge: BIND does not answer']],
    ['a silent API server', withEu(undefined), ['gslb-eu: the API server does not answer']],
    [
      'a node that is not Ready, one that is not there, a pod that is not Ready',
      withEu({ nodes: [node('gslb-eu-1', 'Unknown')], pods: [pod('b', 'gslb-eu-1', 'False')] }),
      [
        'gslb-eu: node gslb-eu-1 is not Ready',
        'gslb-eu: node gslb-eu-2 is not Ready',
        'gslb-eu: pod web/b is not Ready',
      ],
    ],
  ])('%s', (_case, status, expected) => {
    expect(problems(status)).toEqual(expected);
  });
});

describe('renderStatus', () => {
  test('shows every node, and nothing as down in a whole world', () => {
    expect(renderStatus(healthy)).toBe(`World default: 172.19.0.0/24, edge BIND at 172.19.0.2:53

CLUSTER  NODE       ADDRESS     STATE  PODS READY
gslb-eu  gslb-eu-1  172.19.0.3  Ready  1/1
gslb-eu  gslb-eu-2  172.19.0.4  Ready  1/1
gslb-us  gslb-us-1  172.19.0.5  Ready  1/1
gslb-us  gslb-us-2  172.19.0.6  Ready  1/1

Delegation of cloud.example.com at 172.19.0.2:
  cloud.example.com. 30 IN NS gslb-ns-eu-cloud.example.com.
`);
  });

  test('calls nodes Unknown whose API server is silent, and says what is down', () => {
    const text = renderStatus(withEu(undefined));
    expect(text).toContain('gslb-eu  gslb-eu-2  172.19.0.4  Unknown  0/0\n');
    expect(text).toContain('Down:\n  gslb-eu: the API server does not answer\n');
  });
});
