import { createHash, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeeringClaim } from '#core/api/offload/peering-claim.ts';
import { type Invitation, parseInvitation } from '#core/peering/invitation.ts';
import { publicKeyText, unseal } from '#core/peering/seal.ts';
import { type Answer, mergePatch, type Send, sendAs } from './tenant-world.ts';
import type { TestWorld } from './world.ts';

/** A consumer without a cluster: what a person with an invitation and an HTTPS client can be. */
export interface ConsumerByHand {
  readonly tenantNamespace: string;
  /** With the invitation's token. */
  readonly invited: Send;
  /** What it says it is in the claim. */
  readonly says: {
    readonly clusterID: string;
    readonly clusterUID: string;
    readonly publicKey: string;
    readonly gatewayFingerprint: string;
  };
  /** Takes the claim; any answer is one. */
  readonly redeem: (change?: object) => Promise<Answer>;
  /** The claim once the provider has judged it. */
  readonly judged: () => Promise<PeeringClaim>;
  /** With the token that the provider sealed for it. */
  readonly asTenant: () => Promise<Send>;
}

/** Has the provider's administrator print an invitation, and takes it. */
export async function consumerByHand(
  world: TestWorld,
  provider: string,
  clusterID: string,
): Promise<ConsumerByHand> {
  const printed = await world.shell(provider, [
    ...(['kubectl', 'offload', 'generate', 'peer-command', '--only-command'] as const),
  ]);
  const text = printed.stdout.split('\n').find((line) => line.startsWith('interspan-invitation-'));
  if (text === undefined) throw new Error(`no invitation was printed: ${printed.stderr}`);
  const invitation = parseInvitation(text);
  const { tenantNamespace } = invitation;
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const says = {
    clusterID,
    clusterUID: randomUUID(),
    publicKey: publicKeyText(publicKey),
    gatewayFingerprint: createHash('sha256').update(clusterID).digest('base64url'),
  };
  const invited = sendAs(toServer(invitation, invitation.token));
  const path = `/apis/interspan.dev/v1alpha1/namespaces/${tenantNamespace}/peeringclaims/peering`;
  const judged = async (): Promise<PeeringClaim> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const claim = JSON.parse((await invited('GET', path)).text) as PeeringClaim;
      if (claim.status?.phase === 'Accepted' || claim.status?.phase === 'Refused') return claim;
      await sleep(200);
    }
    throw new Error(`the provider did not judge the claim of ${clusterID} within 20 s`);
  };
  return {
    tenantNamespace,
    invited,
    says,
    redeem: (change = {}) =>
      invited('PATCH', path, { spec: { consumer: { ...says, ...change } } }, mergePatch),
    judged,
    asTenant: async () => sendAs(toServer(invitation, tokenIn(await judged(), privateKey))),
  };
}

function tokenIn({ status }: PeeringClaim, privateKey: KeyObject): string {
  return unseal(privateKey, status?.token?.sealed ?? '');
}

function toServer({ servers: [server = ''], ca }: Invitation, token: string) {
  return { server, ca, token };
}
