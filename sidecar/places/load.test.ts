import { describe, expect, it } from 'vitest';
import { findNetwork } from '#core/mmdb/network-tree.ts';
import { type Value, writeMmdb } from '#core/mmdb/write-mmdb.fixture.ts';
import type { Place } from '#sidecar/model/place.ts';
import { loadPlaces } from './load.ts';

const labelFields = [['datacenter'], ['city', 'geoname_id']];
const load = (bytes: Buffer) => loadPlaces(bytes, 9, labelFields);

/** The place of 192.0.2.1 in a database with this record for 192.0.2.0/24, and another for 10.0.0.0/8. */
function placeIn(record: Value): Place | string {
  const loaded = load(
    writeMmdb({
      networks: [
        ['10.0.0.0/8', { continent_code: 'AF' }],
        ['192.0.2.0/24', record],
      ],
    }),
  );
  if ('code' in loaded) return loaded.code;
  const found = { value: 0, bits: 0 };
  findNetwork(loaded.tree, true, Uint8Array.of(192, 0, 2, 1), found);
  return loaded.places[found.value] ?? 'none';
}

describe('the place of a record', () => {
  it.each<[string, Value, Place | string]>([
    [
      'by MaxMind',
      { country: { iso_code: 'DE', names: { en: 'Germany' } }, continent: { code: 'EU' } },
      { country: 'DE', continent: 'EU' },
    ],
    ['of countries alone', { country_code: 'DE', continent_code: 'EU' }, { country: 'DE', continent: 'EU' }],
    ['with a code as country', { country: 'DE', continent: 'EU' }, { country: 'DE', continent: 'EU' }],
    ['with names and codes', { country: 'Germany', country_code: 'DE' }, { country: 'DE' }],
    ['with names alone', { country: 'Germany', continent: 'Europe' }, 'none'],
    ["with k8gb's field", { datacenter: 'dc1' }, { label: 'dc1' }],
    ['with a number in a nested field', { city: { geoname_id: 2_950_159 } }, { label: '2950159' }],
    ['with both fields: the first counts', { city: { geoname_id: 7 }, datacenter: 'dc1' }, { label: 'dc1' }],
    ['with a field that has parts', { datacenter: { name: 'dc1' } }, 'none'],
    ['without any', { asn: 64_500 }, 'none'],
  ])('%s', (_, record, expected) => {
    expect(placeIn(record)).toEqual(expected);
  });
});

it('knows each place once, whatever else its records say', () => {
  const loaded = load(
    writeMmdb({
      networks: [
        ['10.0.0.0/8', { country_code: 'DE', asn: 1 }],
        ['192.0.2.0/24', { country_code: 'DE', asn: 2 }],
        ['2001:db8::/32', { country_code: 'FR' }],
      ],
    }),
  );
  expect(loaded).toMatchObject({ places: [{ country: 'DE' }, { country: 'FR' }], type: 'Test' });
});

it.each([
  ['no database', Buffer.from('x'), 'places-malformed'],
  ['a database of something else', writeMmdb({ networks: [['10.0.0.0/8', { asn: 1 }]] }), 'places-empty'],
  [
    'a broken record',
    writeMmdb({ networks: [['10.0.0.0/8', { country_code: 'DE' }]], metadata: { node_count: 2 } }),
    'places-malformed',
  ],
])('%s is refused with why and a hint', (_, bytes, code) => {
  expect(load(bytes)).toEqual({
    code,
    why: expect.stringMatching(/\.$/),
    hint: expect.stringMatching(/\.$/),
  });
});
