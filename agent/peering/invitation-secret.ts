import { annotations } from '#agent/model/names.ts';
import type { Secret } from '#core/api/kubernetes.ts';
import { type Invitation, InvitationError, parseInvitation } from '#core/peering/invitation.ts';
import { PeeringError } from './errors.ts';

/** On the invitation Secret: this cluster has tried to redeem it, so that a dead token is not blamed on others. */
export const attempted = 'offloading.interspan.dev/redeeming';

/** Name of the Secret in which kubectl offload hands over an invitation. */
export function invitationName(clusterID: string): string {
  return `invitation-${clusterID}`;
}

/** Whether kubectl offload wrote it: no other Secret is redeemed. */
export function isInvitation(secret: Secret): boolean {
  return secret.metadata.annotations?.[annotations.invitationFor] !== undefined;
}

/** @throws PeeringError `InvitationMangled` */
export function readInvitation(clusterID: string, secret: Secret): Invitation {
  const invitation = parse(invitationText(secret));
  const stated = secret.metadata.annotations?.[annotations.invitationFor];
  const { clusterID: provider } = invitation.provider;
  if (provider !== clusterID || stated !== clusterID)
    throw new PeeringError(
      'InvitationMangled',
      `Secret ${secret.metadata.name} says it is of ${stated}, the invitation in it is of ${provider}`,
    );
  return invitation;
}

/** Tells one invitation from the next. */
export function invitationText(secret: Secret): string {
  return Buffer.from(secret.data?.['invitation'] ?? '', 'base64').toString('utf8');
}

function parse(text: string): Invitation {
  try {
    return parseInvitation(text);
  } catch (error) {
    if (!(error instanceof InvitationError)) throw error;
    throw new PeeringError('InvitationMangled', error.message, { hint: error.hint, cause: error });
  }
}
