import { expect, it } from 'vitest';
import type { Delegation } from '#sidecar/model/delegation.ts';
import { fleetMembers, knownGeoTags } from './members.ts';

const member = (geoTag: string | undefined, ...addresses: string[]) => ({
  nsName: `${geoTag}.example.com`,
  geoTag,
  addresses,
});
const delegations = new Map<string, Delegation>([
  [
    'a.example.com',
    { zone: 'a.example.com', members: [member('eu', '192.0.2.1'), member('us', '198.51.100.1')] },
  ],
  [
    'b.example.com',
    {
      zone: 'b.example.com',
      members: [member('us', '198.51.100.1', '198.51.100.2'), member(undefined, '203.0.113.1')],
    },
  ],
]);

it('finds the other members in all delegations, each address once', () => {
  expect([...fleetMembers({ geoTag: 'eu', peers: new Map() }, delegations)]).toEqual([
    [
      'us',
      [
        { address: '198.51.100.1', port: 53 },
        { address: '198.51.100.2', port: 53 },
      ],
    ],
  ]);
});

it('takes the word of --peer over the delegation', () => {
  const peers = new Map([['us', [{ address: '127.0.0.1', port: 5301 }]]]);
  expect(fleetMembers({ geoTag: 'eu', peers }, delegations).get('us')).toEqual([
    { address: '127.0.0.1', port: 5301 },
  ]);
});

it('knows the geotags of the fleet only after the edge was read', () => {
  expect(knownGeoTags({ geoTag: 'eu', peers: new Map() }, new Map())).toBeUndefined();
  expect(knownGeoTags({ geoTag: 'eu', peers: new Map() }, delegations)).toEqual(new Set(['eu', 'us']));
});
