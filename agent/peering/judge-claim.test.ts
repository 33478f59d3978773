import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import type { Invitation } from '#core/peering/invitation.ts';
import { publicKeyText, seal } from '#core/peering/seal.ts';
import type { Identity } from './identity.ts';
import { consumerOf, judgeClaim, keyFingerprint } from './judge-claim.ts';
import { checkProvider } from './redeem.ts';

const { privateKey, publicKey } = generateKeyPairSync('x25519');
const identity: Identity = {
  clusterID: 'eu',
  clusterUID: 'uid-eu',
  clusterLabels: {},
  version: '1.0.0',
  encryptionKey: privateKey,
  publicKey: publicKeyText(publicKey),
  gateway: { keyPem: '', certificatePem: '', fingerprint: 'f-eu' },
};
const invitation: Invitation = {
  provider: { clusterID: 'us', clusterUID: 'uid-us' },
  servers: ['https://10.0.0.1:6443'],
  ca: 'ca',
  gateway: { addresses: ['10.0.0.1:5871'], fingerprint: 'f-us' },
  tenantNamespace: 'liqo-tenant-x',
  token: 'invitation token',
  expiresAt: '2026-01-01T01:00:00Z',
};
const now = new Date('2026-01-01T00:00:00Z');
const grant = {
  providerClusterID: 'us',
  providerClusterUID: 'uid-us',
  resources: { cpu: '4' },
  kubeletVersion: 'v1.36.3',
  architecture: 'amd64',
};
const claim = (spec: PeeringClaim['spec'], status?: PeeringClaim['status']): PeeringClaim => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'PeeringClaim',
  metadata: { name: 'peering' },
  ...(spec ? { spec } : {}),
  ...(status ? { status } : {}),
});
const ours = { consumer: consumerOf(identity) };
const token = (text = seal(identity.publicKey, 'tenant token')) => ({
  sealed: text,
  expirationTimestamp: '2026-01-02T00:00:00Z',
});
const judge = (judged: PeeringClaim) => judgeClaim(judged, invitation, identity, now);

test('a claim that nobody has is open; ours waits until there are phase, token and grant', () => {
  expect(judge(claim(undefined))).toEqual({ kind: 'open' });
  expect(judge(claim({}))).toEqual({ kind: 'open' });
  expect(judge(claim(ours))).toEqual({ kind: 'waiting' });
  expect(judge(claim(ours, { phase: 'Open' }))).toEqual({ kind: 'waiting' });
  expect(judge(claim(ours, { phase: 'Accepted', grant }))).toEqual({ kind: 'waiting' });
  expect(judge(claim(ours, { phase: 'Accepted', token: token() }))).toEqual({ kind: 'waiting' });
});

test('an accepted one opens the token and takes the gateway of the invitation where the grant has none', () => {
  expect(judge(claim(ours, { phase: 'Accepted', token: token(), grant }))).toMatchObject({
    kind: 'accepted',
    record: {
      clusterID: 'us',
      clusterUID: 'uid-us',
      token: 'tenant token',
      obtainedAt: now.toISOString(),
      remoteTenantNamespace: 'liqo-tenant-x',
      grant: { gatewayFingerprint: 'f-us', gatewayAddresses: ['10.0.0.1:5871'] },
      departed: false,
    },
  });
  const other = { ...grant, gatewayFingerprint: 'f-new', gatewayAddresses: ['10.0.0.2:5871'] };
  expect(judge(claim(ours, { phase: 'Accepted', token: token(), grant: other }))).toMatchObject({
    record: { grant: { gatewayFingerprint: 'f-new', gatewayAddresses: ['10.0.0.2:5871'] } },
  });
});

test('the version may differ, as after an upgrade between two steps', () => {
  expect(judge(claim({ consumer: { ...ours.consumer, version: '0.9' } }))).toEqual({ kind: 'waiting' });
});

test.each(['clusterID', 'clusterUID', 'publicKey', 'gatewayFingerprint'] as const)(
  'one whose %s is not ours is of somebody else, who is named with the key',
  (name) => {
    const holder = { ...ours.consumer, [name]: 'b3RoZXI=' };
    const said = `cluster ${holder.clusterID} with key ${keyFingerprint(holder.publicKey)}`;
    expect(() => judge(claim({ consumer: holder }))).toThrow(said);
  },
);

const accepted = (reason: string, message: string) => ({
  type: 'Accepted',
  status: 'False' as const,
  reason,
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
test.each([
  [{ phase: 'Refused', conditions: [accepted('QuotaExceeded', 'no room')] }, 'QuotaExceeded', 'no room'],
  [{ phase: 'Refused' }, 'ProviderRefused', 'no reason'],
  [{ phase: 'Leaving' }, 'InvitationUsed', 'ended'],
  [{ phase: 'Left' }, 'InvitationUsed', 'ended'],
  [
    { phase: 'Accepted', token: token(), grant: { ...grant, providerClusterUID: 'uid-other' } },
    'ClusterIDTaken',
    'uid-other',
  ],
  [{ phase: 'Accepted', token: token('AAAA'), grant }, 'TokenUnreadable', 'not sealed'],
] as const)('status %j is refused with reason %s', (status, reason, words) => {
  const refused = () => judge(claim(ours, status as unknown as PeeringClaim['status']));
  expect(refused).toThrow(words);
  expect(refused).toThrow(expect.objectContaining({ reason, final: true }));
});

test.each([
  ['another cluster', { clusterID: 'us', clusterUID: 'uid-us' }, undefined, undefined],
  ['ourselves', { clusterID: 'eu', clusterUID: 'uid-eu' }, undefined, 'SelfPeering'],
  ['ourselves by another id', { clusterID: 'us', clusterUID: 'uid-eu' }, undefined, 'SelfPeering'],
  ['one that took our id', { clusterID: 'eu', clusterUID: 'uid-us' }, undefined, 'ClusterIDTaken'],
  ['a known one', { clusterID: 'us', clusterUID: 'uid-us' }, { clusterUID: 'uid-us' }, undefined],
  [
    'one that took a known id',
    { clusterID: 'us', clusterUID: 'uid-us' },
    { clusterUID: 'x' },
    'ClusterIDTaken',
  ],
] as const)('a provider that is %s', (_, provider, known, code) => {
  const check = () => checkProvider({ provider }, identity, known);
  if (code === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(expect.objectContaining({ code }));
});
