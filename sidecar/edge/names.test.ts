import { describe, expect, it } from 'vitest';
import type { Zone } from '#sidecar/model/zone.ts';
import { geoTagOf, nameServerName, ownerName } from './names.ts';

const zone = (name: string, parent: string): Zone => ({ name, parent, negativeTtlSeconds: 30 });
const cloud = zone('cloud.example.com', 'example.com');
const deep = zone('a.b.cloud.example.com', 'example.com');

describe('names at the edge', () => {
  it.each([
    ['eu', cloud, 'gslb-ns-eu-cloud.example.com'],
    ['us-east-1', cloud, 'gslb-ns-us-east-1-cloud.example.com'],
    ['eu', deep, 'gslb-ns-eu-a-b-cloud.example.com'],
    ['eu', zone('cloud.example', 'example'), 'gslb-ns-eu-cloud.example'],
  ])('names the servers of %s as k8gb does, and reads them back', (geoTag, of, name) => {
    expect(nameServerName(geoTag, of)).toBe(name);
    expect(geoTagOf(name, of)).toBe(geoTag);
  });

  it.each([
    ['another parent', 'gslb-ns-eu-cloud.example.org'],
    ['another zone', 'gslb-ns-eu-other.example.com'],
    ['another prefix', 'ns-eu-cloud.example.com'],
    ['no geotag', 'gslb-ns--cloud.example.com'],
    ['prefix and suffix that overlap', 'gslb-ns-cloud.example.com'],
    ['a geotag of two labels', 'gslb-ns-eu.west-cloud.example.com'],
    ['a geotag that ends in a dash', 'gslb-ns-eu--cloud.example.com'],
    ['a parent that is no label boundary', 'gslb-ns-eu-cloud.badexample.com'],
    ['an ordinary name server', 'ns1.example.com'],
  ])('reads no geotag from a name with %s', (_title, name) => {
    expect(geoTagOf(name, cloud)).toBeUndefined();
  });

  it('reads an ambiguous name by the zone that lists it', () => {
    const name = 'gslb-ns-us-east-cloud.example.com';
    expect(geoTagOf(name, cloud)).toBe('us-east');
    expect(geoTagOf(name, zone('east-cloud.example.com', 'example.com'))).toBe('us');
  });

  it('keeps the owner record in the parent zone', () => {
    expect(ownerName('eu', cloud)).toBe('_gslb-owner-eu.example.com');
  });
});
