import { SourceError } from '#core/source/errors.ts';
import { type Intent, intentText } from './intent.ts';

const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
]);

/** There was no answer, or half of one: nobody else gets one either. */
export class UnreachableError extends SourceError {}

/** What it means that a request got no answer, or half of one. */
export function connectionError(intent: Intent, server: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error;
  const { code, name, message } = rootOf(error);
  const what = `cannot ${intentText(intent)} at ${server}`;
  if (name === 'TimeoutError' || timeouts.has(code)) {
    return new UnreachableError('timeout', `${what}: no answer in time`, { cause: error });
  }
  if (untrusted.has(code)) {
    return new UnreachableError('unavailable', `${what}: its certificate is not to be trusted (${message})`, {
      hint: 'Compare certificate-authority and tls-server-name of the kubeconfig with the API server.',
      cause: error,
    });
  }
  return new UnreachableError('unavailable', `${what}: ${message || code}`, { cause: error });
}

/** The innermost cause says most; a failed connect to several addresses is an AggregateError with an empty message. */
function rootOf(error: unknown): { readonly code: string; readonly name: string; readonly message: string } {
  let found = error as Error & { readonly code?: string; readonly errors?: readonly Error[] };
  for (let depth = 0; depth < 8; depth++) {
    const inner = found.errors?.[0] ?? found.cause;
    if (!(inner instanceof Error)) break;
    found = inner;
  }
  return { code: String(found.code ?? ''), name: found.name, message: found.message };
}
