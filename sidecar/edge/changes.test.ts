import { describe, expect, it } from 'vitest';
import type { Zone } from '#sidecar/model/zone.ts';
import { type Change, type EdgeState, joinChanges, leaveChanges, type Wanted } from './changes.ts';

const zone: Zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 };
const own = 'gslb-ns-eu-cloud.example.com';
const other = 'gslb-ns-us-cloud.example.com';
const wanted: Wanted = {
  geoTag: 'eu',
  dnsAddresses: ['192.0.2.3', '192.0.2.4', '2001:0DB8:0:0::3'],
  ownerText: 'uid-eu 1',
};
const settled: EdgeState = {
  nameServers: [own, other],
  nsTtlSeconds: 30,
  ownAddresses: ['2001:db8::3', '192.0.2.4', '192.0.2.3'],
  ownerTexts: ['uid-eu 1'],
};
const empty: EdgeState = { nameServers: [], nsTtlSeconds: undefined, ownAddresses: [], ownerTexts: [] };

/** One line per change, as nsupdate would have it. */
const lines = (changes: readonly Change[]) =>
  changes.map((change) =>
    change.kind === 'add'
      ? `add ${change.record.name} ${change.record.ttlSeconds} ${change.record.type} ${change.record.data}`
      : `delete ${change.name} ${change.type}${change.kind === 'delete-record' ? ` ${change.data}` : ''}`,
  );

const glue = [
  `delete ${own} A`,
  `delete ${own} AAAA`,
  `add ${own} 30 A 192.0.2.3`,
  `add ${own} 30 A 192.0.2.4`,
  `add ${own} 30 AAAA 2001:db8::3`,
];
const owner = ['delete _gslb-owner-eu.example.com TXT', 'add _gslb-owner-eu.example.com 30 TXT uid-eu 1'];

describe('changes at the edge', () => {
  it.each<[string, EdgeState, readonly string[]]>([
    ['nothing there: all of it', empty, [`add cloud.example.com 30 NS ${own}`, ...glue, ...owner]],
    ['all as wanted, in another order: nothing', settled, []],
    [
      'our NS taken away: only that',
      { ...settled, nameServers: [other] },
      [`add cloud.example.com 30 NS ${own}`],
    ],
    [
      'our NS taken away from a set with another TTL: that TTL',
      { ...settled, nameServers: [other], nsTtlSeconds: 3600 },
      [`add cloud.example.com 3600 NS ${own}`],
    ],
    [
      'our NS there with another TTL: nothing, or two clusters would take turns',
      { ...settled, nsTtlSeconds: 300 },
      [],
    ],
    [
      'an address missing: the glue as a whole',
      { ...settled, ownAddresses: ['192.0.2.3', '2001:db8::3'] },
      glue,
    ],
    [
      'an address too many: the glue as a whole',
      { ...settled, ownAddresses: [...settled.ownAddresses, '192.0.2.5'] },
      glue,
    ],
    ['an old epoch: the owner record', { ...settled, ownerTexts: ['uid-eu 0'] }, owner],
    ['two owner records: one', { ...settled, ownerTexts: ['uid-eu 1', 'uid-x 1'] }, owner],
  ])('%s', (_title, found, expected) => {
    expect(lines(joinChanges(zone, wanted, found))).toEqual(expected);
  });

  it('leaves everything as it is while no DNS server is ready', () => {
    const none = { ...wanted, dnsAddresses: [] };
    expect(joinChanges(zone, none, empty)).toEqual([]);
    expect(joinChanges(zone, none, settled)).toEqual([]);
  });

  it('leaves by taking out exactly its own records', () => {
    expect(lines(leaveChanges(zone, 'eu'))).toEqual([
      `delete cloud.example.com NS ${own}`,
      `delete ${own} A`,
      `delete ${own} AAAA`,
      'delete _gslb-owner-eu.example.com TXT',
    ]);
  });

  it('never deletes a set of the delegated zone', () => {
    const states = [empty, settled, { ...settled, nameServers: [other] }];
    const all = [...states.flatMap((found) => joinChanges(zone, wanted, found)), ...leaveChanges(zone, 'eu')];
    expect(all.filter((change) => change.kind === 'delete-rrset' && change.name === zone.name)).toEqual([]);
  });
});
