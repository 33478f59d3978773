import { expect, it } from 'vitest';
import { encodeInvitation, type Invitation, parseInvitation } from './invitation.ts';

const invitation: Invitation = {
  provider: { clusterID: 'gslb-us', clusterUID: '7a1d' },
  servers: ['https://192.0.2.5:6443'],
  ca: '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n',
  gateway: { addresses: ['192.0.2.5:30871'], fingerprint: 'abc' },
  tenantNamespace: 'liqo-tenant-x7k2p',
  token: 'secret',
  expiresAt: '2026-11-21T10:00:00Z',
};

it('reads what it wrote, also when the paste was wrapped', () => {
  const text = encodeInvitation(invitation);
  expect(text).toMatch(/^\S+$/);
  expect(parseInvitation(text)).toEqual(invitation);
  expect(parseInvitation(`\n  ${text.slice(0, 80)}\r\n${text.slice(80)} \n`)).toEqual(invitation);
});

it('refuses what was cut short, changed, or never was one', () => {
  const text = encodeInvitation(invitation);
  const [head, body, sum] = text.split('.') as [string, string, string];
  const other = encodeInvitation({ ...invitation, token: '' });
  for (const bad of [
    '',
    'x',
    text.slice(0, -1),
    `${text}.x`,
    `${head}.A${body}.${sum}`,
    `x.${body}.${sum}`,
    other,
  ])
    expect(() => parseInvitation(bad), bad).toThrow('not an invitation');
});

it('says when the format is newer', () => {
  expect(() => parseInvitation(encodeInvitation(invitation).replace('-v1', '-v2'))).toThrow('reads v1');
});
