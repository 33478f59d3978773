import { clusterIDSchema } from '#core/api/offload/fields.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { type Consumer, grantedTo, isPublicKey, sameConsumer } from './consumer.ts';
import { type Refusal, refusals } from './errors.ts';

/** A Tenant other than the one in question. */
export interface OtherTenant {
  readonly tenant: Tenant;
  readonly leaving: boolean;
  /** Nothing of it is left but the word, for the consumer to read. */
  readonly left: boolean;
}

/** `wait`: an earlier peering of the same cluster is about to be gone. */
export type ConsumerJudgement =
  | { readonly kind: 'accept' }
  | { readonly kind: 'wait'; readonly tenantNamespace: string }
  | { readonly kind: 'refuse'; readonly refusal: Refusal };

const idPattern = new RegExp(clusterIDSchema.pattern);

/** Whether the consumer that redeemed an invitation may have what it grants. */
export function judgeConsumer(
  consumer: Consumer,
  provider: { readonly clusterID: string; readonly clusterUID: string },
  others: readonly OtherTenant[],
): ConsumerJudgement {
  const { clusterID, clusterUID } = consumer;
  if (clusterID.length > clusterIDSchema.maxLength || !idPattern.test(clusterID))
    return refuse(
      refusals.invalidConsumer(`${JSON.stringify(clusterID.slice(0, 80))} is no id of a cluster`),
    );
  if (clusterUID === '' || !isPublicKey(consumer.publicKey))
    return refuse(refusals.invalidConsumer(`the claim of ${clusterID} has no usable UID and public key`));
  if (clusterID === provider.clusterID || clusterUID === provider.clusterUID)
    return refuse(refusals.ownCluster(clusterID));

  const sharing = others.find(({ tenant }) => {
    const known = grantedTo(tenant);
    return known?.gatewayFingerprint === consumer.gatewayFingerprint && known.clusterID !== clusterID;
  });
  if (sharing !== undefined)
    return refuse(refusals.gatewayKeyTaken(clusterID, sharing.tenant.metadata.namespace ?? ''));

  const holders = others.filter(({ tenant }) => heldID(tenant) === clusterID);
  for (const { tenant } of holders) {
    const known = grantedTo(tenant);
    const { namespace = '' } = tenant.metadata;
    if (known !== undefined && sameConsumer(known, consumer)) continue;
    const what = known?.clusterUID === clusterUID ? 'key' : 'UID';
    return refuse(refusals.clusterIDTaken(clusterID, what, namespace));
  }
  const staying = holders.find(({ leaving }) => !leaving);
  if (staying !== undefined)
    return refuse(refusals.alreadyPeered(clusterID, staying.tenant.metadata.namespace ?? ''));
  const going = holders.find(({ left }) => !left);
  return going === undefined
    ? { kind: 'accept' }
    : { kind: 'wait', tenantNamespace: going.tenant.metadata.namespace ?? '' };
}

/** The id that a Tenant holds, one of Liqo's included. */
function heldID(tenant: Tenant): string | undefined {
  return grantedTo(tenant)?.clusterID ?? tenant.spec?.clusterID;
}

function refuse(refusal: Refusal): ConsumerJudgement {
  return { kind: 'refuse', refusal };
}
