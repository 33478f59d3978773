import { describe, expect, it } from 'vitest';
import type { Zone } from '#sidecar/model/zone.ts';
import type { EdgeRecord } from './changes.ts';
import { type AskEdge, type EdgeReply, readZone } from './read-zone.ts';

const zone: Zone = { name: 'cloud.example.com', parent: 'example.com', negativeTtlSeconds: 30 };
const eu = 'gslb-ns-eu-cloud.example.com';
const us = 'gslb-ns-us-cloud.example.com';

const record = (name: string, type: EdgeRecord['type'], data: string, ttlSeconds = 30): EdgeRecord => ({
  name,
  type,
  ttlSeconds,
  data,
});
const reply = (changes: Partial<EdgeReply> = {}): EdgeReply => ({
  rcode: 'NOERROR',
  authoritative: true,
  answer: [],
  authority: [],
  additional: [],
  ...changes,
});
const referral = (...names: string[]) =>
  reply({ authoritative: false, authority: names.map((name) => record(zone.name, 'NS', name)) });

/** An edge that knows these replies by `name type`; others are NODATA. */
const edge =
  (replies: Readonly<Record<string, EdgeReply>>): AskEdge =>
  async (name, type) =>
    replies[`${name} ${type}`] ?? reply();

const answers = {
  [`${eu} A`]: reply({ answer: [record(eu, 'A', '192.0.2.4'), record(eu, 'A', '192.0.2.3')] }),
  [`${eu} AAAA`]: reply({ answer: [record(eu, 'AAAA', '2001:db8::3')] }),
  [`${us} A`]: reply({ answer: [record(us, 'A', '192.0.2.5')] }),
  '_gslb-owner-eu.example.com TXT': reply({ answer: [record('_gslb-owner-eu.example.com', 'TXT', 'uid 1')] }),
};

describe('reading a delegation', () => {
  it.each([
    ['a referral', referral(us, eu)],
    ['an answer', reply({ answer: [record(zone.name, 'NS', us), record(zone.name, 'NS', eu)] })],
  ])('takes %s', async (_title, ns) => {
    expect(await readZone(edge({ ...answers, [`${zone.name} NS`]: ns }), zone, 'eu')).toEqual({
      delegation: {
        zone: zone.name,
        members: [
          { nsName: eu, geoTag: 'eu', addresses: ['192.0.2.3', '192.0.2.4', '2001:db8::3'] },
          { nsName: us, geoTag: 'us', addresses: ['192.0.2.5'] },
        ],
      },
      state: {
        nameServers: [us, eu],
        nsTtlSeconds: 30,
        ownAddresses: ['192.0.2.3', '192.0.2.4', '2001:db8::3'],
        ownerTexts: ['uid 1'],
      },
    });
  });

  it.each([
    ['no such name', reply({ rcode: 'NXDOMAIN' })],
    ['no such record', reply()],
  ])('takes %s from the parent as no delegation, and still sees our glue', async (_title, ns) => {
    const { delegation, state } = await readZone(edge({ ...answers, [`${zone.name} NS`]: ns }), zone, 'eu');
    expect(delegation.members).toEqual([]);
    expect(state).toMatchObject({ nameServers: [], nsTtlSeconds: undefined, ownerTexts: ['uid 1'] });
    expect(state.ownAddresses.length).toBe(3);
  });

  it.each([
    ['SERVFAIL', reply({ rcode: 'SERVFAIL' }), 'EdgeQueryRefused'],
    ['REFUSED', reply({ rcode: 'REFUSED', authoritative: false }), 'EdgeQueryRefused'],
    [
      'a referral to the root',
      reply({ authoritative: false, authority: [record('.', 'NS', 'a.root-servers.net')] }),
      'EdgeNotAuthoritative',
    ],
    [
      'nothing, from a server that is not the parent',
      reply({ authoritative: false }),
      'EdgeNotAuthoritative',
    ],
  ])('refuses %s', async (_title, ns, code) => {
    await expect(readZone(edge({ [`${zone.name} NS`]: ns }), zone, 'eu')).rejects.toMatchObject({ code });
  });

  it('refuses to take a member for addressless when the edge fails to say', async () => {
    const ask = edge({
      ...answers,
      [`${zone.name} NS`]: referral(eu, us),
      [`${us} A`]: reply({ rcode: 'SERVFAIL' }),
    });
    await expect(readZone(ask, zone, 'eu')).rejects.toMatchObject({ code: 'EdgeQueryRefused' });
  });

  it('takes glue below the zone from the referral, and lists foreign name servers without geotag', async () => {
    const below = 'ns.cloud.example.com';
    const ask = edge({
      [`${zone.name} NS`]: referral(below, 'ns1.example.net'),
      [`${below} A`]: { ...referral(below), additional: [record(below, 'A', '192.0.2.9')] },
      'ns1.example.net A': reply({ rcode: 'REFUSED' }),
      'ns1.example.net AAAA': reply({ rcode: 'REFUSED' }),
    });
    expect((await readZone(ask, zone, 'eu')).delegation.members).toEqual([
      { nsName: below, geoTag: undefined, addresses: ['192.0.2.9'] },
      { nsName: 'ns1.example.net', geoTag: undefined, addresses: [] },
    ]);
  });

  it('ignores records of other names', async () => {
    const ask = edge({
      [`${zone.name} NS`]: reply({
        authoritative: false,
        authority: [record('other.example.com', 'NS', us), record(zone.name, 'NS', eu)],
      }),
      [`${eu} A`]: reply({ answer: [record(us, 'A', '192.0.2.66'), record(eu, 'A', '192.0.2.3')] }),
    });
    expect((await readZone(ask, zone, 'eu')).delegation.members).toEqual([
      { nsName: eu, geoTag: 'eu', addresses: ['192.0.2.3'] },
    ]);
  });
});
