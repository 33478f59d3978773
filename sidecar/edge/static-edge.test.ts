import { describe, expect, it } from 'vitest';
import type { Delegation } from '#sidecar/model/delegation.ts';
import type { Zone } from '#sidecar/model/zone.ts';
import { createStaticEdge, recordsToAdd } from './static-edge.ts';

const zone: Zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 };

describe('edge none', () => {
  it('delegates every zone to this cluster and the peers given', () => {
    const edge = createStaticEdge({
      geoTag: 'us',
      peers: new Map([
        ['eu', [{ address: '192.0.2.3' }, { address: '2001:db8::3' }]],
        ['us', [{ address: '192.0.2.99' }]],
      ]),
      desired: () => ({ zones: [zone], dnsAddresses: ['192.0.2.6', '192.0.2.5'] }),
      onDelegation: () => undefined,
    });
    expect(edge.delegations().get('cloud.example.com')).toEqual({
      zone: 'cloud.example.com',
      members: [
        { nsName: 'gslb-ns-eu-cloud.example.com', geoTag: 'eu', addresses: ['192.0.2.3', '2001:db8::3'] },
        { nsName: 'gslb-ns-us-cloud.example.com', geoTag: 'us', addresses: ['192.0.2.5', '192.0.2.6'] },
      ],
    });
  });

  it('tells of changes only', () => {
    const seen: Delegation[] = [];
    let dnsAddresses = ['192.0.2.3'];
    const edge = createStaticEdge({
      geoTag: 'eu',
      peers: new Map(),
      desired: () => ({ zones: [zone], dnsAddresses }),
      onDelegation: (delegation) => seen.push(delegation),
    });
    edge.kick();
    expect(seen.length).toBe(1);
    dnsAddresses = ['192.0.2.4'];
    edge.kick();
    expect(seen.map(({ members }) => members[0]?.addresses)).toEqual([['192.0.2.3'], ['192.0.2.4']]);
  });

  it('writes the records to add by hand as zone file lines', () => {
    expect(recordsToAdd(zone, 'eu', ['192.0.2.3', '2001:db8::3'])).toBe(
      [
        'cloud.example.com. 30 IN NS gslb-ns-eu-cloud.example.com.\n',
        'gslb-ns-eu-cloud.example.com. 30 IN A 192.0.2.3\n',
        'gslb-ns-eu-cloud.example.com. 30 IN AAAA 2001:db8::3\n',
      ].join(''),
    );
  });
});
