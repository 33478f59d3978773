/**
 * Why a peering does not come about, or ended. The code is the reason of the condition. `final`: the same invitation
 * will never do; everything else is tried again.
 */
export type PeeringErrorCode =
  | 'InvitationMangled'
  | 'InvitationExpired'
  | 'InvitationUsed'
  | 'SelfPeering'
  | 'ClusterIDTaken'
  | 'ProviderUnreachable'
  | 'ProviderRefused'
  | 'TokenUnreadable'
  | 'TenantNamespaceTaken';

const hints: Readonly<Record<PeeringErrorCode, string>> = {
  InvitationMangled:
    'Copy the whole command again, or print a new one at the provider: kubectl offload generate peer-command',
  InvitationExpired: 'Print a new invitation at the provider: kubectl offload generate peer-command',
  InvitationUsed: 'Print a new invitation at the provider: kubectl offload generate peer-command',
  SelfPeering: 'Run the command on another cluster.',
  ClusterIDTaken:
    'Give one of the clusters another id (kubectl offload install --cluster-id), or, if it was built anew, forget the former one here: kubectl offload unpeer --forget',
  ProviderUnreachable:
    "Open the way from this cluster to the provider's API server, or invite with --api-server-url; it is tried again.",
  ProviderRefused: "Ask the provider's administrator, then print a new invitation there.",
  TokenUnreadable: 'Print a new invitation at the provider: kubectl offload generate peer-command',
  TenantNamespaceTaken: 'Rename or delete that namespace; it is tried again.',
};

const passing: ReadonlySet<PeeringErrorCode> = new Set(['ProviderUnreachable', 'TenantNamespaceTaken']);

/** `message` is a sentence with the facts, `hint` what mends it. */
export class PeeringError extends Error {
  override readonly name = 'PeeringError';
  readonly code: PeeringErrorCode;
  /** Of the condition: the code, or the word of the provider. */
  readonly reason: string;
  readonly hint: string;
  readonly final: boolean;

  constructor(
    code: PeeringErrorCode,
    message: string,
    more: { readonly reason?: string; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.reason = more.reason ?? code;
    this.hint = more.hint ?? hints[code];
    this.final = !passing.has(code);
  }
}
