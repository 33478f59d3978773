import { createHash } from 'node:crypto';

/** What a provider hands to a consumer, by way of a person. Holds a secret: never in argv, never logged. */
export interface Invitation {
  readonly provider: { readonly clusterID: string; readonly clusterUID: string };
  /** `https://HOST:PORT` of the provider's API server, each of which will do; tried in order. */
  readonly servers: readonly string[];
  /** Certificate authority of the API server, PEM. */
  readonly ca: string;
  readonly gateway: {
    /** `HOST:PORT`, each of which reaches the provider's gateway. */
    readonly addresses: readonly string[];
    /** SHA-256 of its public key (SPKI), base64url without padding. */
    readonly fingerprint: string;
  };
  /** Namespace of the claim at the provider; the claim is called `peering`. */
  readonly tenantNamespace: string;
  /** Bearer token that may update the claim. */
  readonly token: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

/** `mangled`: it is not what the provider printed. `version`: of a newer format. */
export class InvitationError extends Error {
  override readonly name = 'InvitationError';
  readonly code: 'mangled' | 'version';
  readonly hint: string;

  constructor(code: InvitationError['code'], message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

const prefix = 'interspan-invitation-';
const version = 'v1';

/** One line without blanks: `interspan-invitation-v1.BODY.CHECKSUM`. */
export function encodeInvitation(invitation: Invitation): string {
  const body = Buffer.from(JSON.stringify(invitation)).toString('base64url');
  return `${prefix}${version}.${body}.${checksum(body)}`;
}

/** Reads what {@link encodeInvitation} wrote; white space around and inside it (a wrapped paste) is dropped. */
export function parseInvitation(text: string): Invitation {
  const [head, body, sum, ...more] = text.replaceAll(/\s+/g, '').split('.');
  if (head?.startsWith(prefix) && head !== `${prefix}${version}`)
    throw new InvitationError(
      'version',
      `the invitation has format ${head.slice(prefix.length)}, this program reads ${version}`,
      'use the same version of the plugin on both clusters',
    );
  if (head === undefined || body === undefined || sum !== checksum(body) || more.length > 0) throw mangled();
  if (head !== `${prefix}${version}`) throw mangled();
  const value = parseJson(body);
  if (!isInvitation(value)) throw mangled();
  return value;
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, 12);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  } catch {
    throw mangled();
  }
}

function isInvitation(value: unknown): value is Invitation {
  const { provider, servers, ca, gateway, tenantNamespace, token, expiresAt } = (value ??
    {}) as Partial<Invitation>;
  return (
    [provider?.clusterID, provider?.clusterUID, ca, gateway?.fingerprint, tenantNamespace, token].every(
      (each) => typeof each === 'string' && each !== '',
    ) &&
    texts(servers) &&
    (servers?.length ?? 0) > 0 &&
    texts(gateway?.addresses) &&
    !Number.isNaN(Date.parse(expiresAt ?? ''))
  );
}

function texts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function mangled(): InvitationError {
  return new InvitationError(
    'mangled',
    'this is not an invitation as the provider printed it',
    'copy the whole text again, or print a new one there: kubectl offload generate peer-command',
  );
}
