import { describe, expect, test } from 'vitest';
import { chooseSubnet } from './subnet.ts';

const uplink = [
  { dst: 'default', dev: 'eth0' },
  { dst: '10.0.0.0/8', dev: 'eth0' },
];

describe('chooseSubnet', () => {
  test.each([
    ['default', [], [], 0],
    ['e2e', [], [], 1],
    ['e2e', [1, 2, 4], [], 3],
    ['e2e', [], [{ dst: '172.19.1.0/24' }], 2],
    ['e2e', [], [{ dst: '172.19.0.0/20' }], 16],
    ['e2e', [], [{ dst: '172.19.1.77' }, { dst: '172.19.2.128/25' }], 3],
    ['e2e', [], [{ dst: '172.20.0.0/16' }, { dst: '0.0.0.0/0' }, { dst: 'unreachable' }], 1],
  ])('instance %s beside subnets %j and routes %j gets %i', (instance, taken, routes, subnet) => {
    expect(chooseSubnet(instance, new Set(taken), [...uplink, ...routes])).toBe(subnet);
  });

  test('refuses the default instance, naming the route, where its addresses are in use', () => {
    const docker = [{ dst: '172.19.0.0/16', dev: 'br-1234' }];
    expect(() => chooseSubnet('default', new Set(), docker)).toThrow('route 172.19.0.0/16 dev br-1234');
  });

  test('refuses any instance when all subnets are taken', () => {
    expect(() => chooseSubnet('e2e', new Set(), [{ dst: '172.19.0.0/16' }])).toThrow(
      'no 172.19.N.0/24 is free',
    );
  });
});
