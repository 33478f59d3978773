import { describe, expect, it } from 'vitest';
import { isDomainName, placeHost } from './host-name.ts';

const zone = (name: string) => ({ name, parent: name.slice(name.indexOf('.') + 1), negativeTtlSeconds: 30 });
const zones = [zone('cloud.example.com'), zone('eu.cloud.example.com'), zone('example.org')];
const long = 'a'.repeat(50);
/** A host of so many octets in cloud.example.com. */
const deep = (octets: number) => {
  const below = octets - '.cloud.example.com'.length;
  return `${'.a'
    .repeat(below / 2)
    .padStart(below, 'a')
    .replace(/^\./, 'b')}.cloud.example.com`;
};

describe('the zone of a host', () => {
  it.each([
    ['a name below a zone', 'app.cloud.example.com', 'cloud.example.com'],
    ['a name further below', 'a.b.cloud.example.com', 'cloud.example.com'],
    ['of nested zones the longest', 'app.eu.cloud.example.com', 'eu.cloud.example.com'],
    ['a wildcard', '*.cloud.example.com', 'cloud.example.com'],
    ['a label with an underscore', '_sip.cloud.example.com', 'cloud.example.com'],
    ['a first label of 50 octets', `${long}.cloud.example.com`, 'cloud.example.com'],
    ['a name of 240 octets', deep(240), 'cloud.example.com'],
  ])('is found for %s', (_title, host, name) => {
    expect(placeHost(host, zones)).toMatchObject({ zone: { name } });
  });

  it.each([
    ['a name in no zone', 'app.example.net', 'HostOutsideZones'],
    ['a zone that ends alike but not at a label', 'xcloud.example.com', 'HostOutsideZones'],
    ['a name that only begins with a zone', 'cloud.example.com.evil.net', 'HostOutsideZones'],
    ['the apex', 'cloud.example.com', 'HostReserved'],
    ['the apex of a nested zone', 'eu.cloud.example.com', 'HostReserved'],
    ['the label _fleet anywhere', 'a._fleet.cloud.example.com', 'HostReserved'],
    ['a first label localtargets-', 'localtargets-app.cloud.example.com', 'HostReserved'],
    [
      'a first label of 51 octets, whose derived name is too long',
      `${long}a.cloud.example.com`,
      'HostReserved',
    ],
    ['a name of 241 octets, whose derived name is too long', deep(241), 'HostReserved'],
    ['two asterisks', '*.*.cloud.example.com', 'HostInvalid'],
    ['an asterisk inside', 'a.*.cloud.example.com', 'HostInvalid'],
    ['an asterisk within a label', 'a*.cloud.example.com', 'HostInvalid'],
    ['an empty label', 'a..cloud.example.com', 'HostInvalid'],
    ['a label of 64 octets', `${'a'.repeat(64)}.cloud.example.com`, 'HostInvalid'],
    ['a label that ends in a dash', 'a-.cloud.example.com', 'HostInvalid'],
    ['a character that no host name has', 'a b.cloud.example.com', 'HostInvalid'],
  ])('is refused to %s', (_title, host, reason) => {
    expect(placeHost(host, zones)).toMatchObject({ reason, message: expect.stringContaining(host) });
  });

  it('says which zones there are, or that there are none', () => {
    expect(placeHost('app.example.net', zones)).toMatchObject({
      message: expect.stringContaining('(cloud.example.com, eu.cloud.example.com, example.org)'),
    });
    expect(placeHost('app.example.net', [])).toMatchObject({ message: expect.stringContaining('(none)') });
  });
});

describe('a domain name', () => {
  it.each(['example.com', 'a', '_x.example'])('%s is one', (name) => {
    expect(isDomainName(name)).toBe(true);
  });
  it.each(['', 'a..b', '*.a', `${'a.'.repeat(127)}`, `${'a.'.repeat(126)}aa`])('"%s" is none', (name) => {
    expect(isDomainName(name)).toBe(false);
  });
});
