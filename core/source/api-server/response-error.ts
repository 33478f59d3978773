import { SourceError, type SourceErrorCode } from '#core/source/errors.ts';
import { canI, type Intent, intentText } from './intent.ts';

/** metav1.Status, as far as it is read. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly name?: string; readonly retryAfterSeconds?: number };
}

/** An answer other than 2xx, as the Source sees it. */
export interface RefusedResponse {
  readonly status: number;
  /** The body: a Status in JSON, or what a proxy on the way says. */
  readonly body: string;
  /** Header Retry-After, seconds (RFC 9110, 10.2.3; dates are not used by API servers). */
  readonly retryAfter?: string | undefined;
}

/** The API server forgot this far back (410): what was read before must be read anew. */
export class ExpiredError extends SourceError {}

/** Its resource does not exist here: no CRD, as opposed to no such object. */
export class UnknownResourceError extends SourceError {}

/** What an answer other than 2xx means. */
export function responseError(intent: Intent, response: RefusedResponse): SourceError {
  const status = parseStatus(response.body);
  const said = status?.message ?? (response.body.trim().split('\n')[0]?.slice(0, 200) || 'no reason given');
  const message = `cannot ${intentText(intent)}: ${said} (${response.status})`;
  const retryAfterMs = retryAfter(response, status);
  const more = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (response.status) {
    case 401:
      return new SourceError('unauthorized', message, {
        hint: 'The credentials are expired or of another cluster: log in again, or check the kubeconfig.',
      });
    case 403:
      return new SourceError('forbidden', message, {
        hint: canI(intent, /User "([^"]+)"/.exec(said)?.[1]),
      });
    case 404:
      return status?.details?.name === undefined || status.reason !== 'NotFound'
        ? new UnknownResourceError('notFound', message, { hint: missingHint(intent) })
        : new SourceError('notFound', message);
    case 409:
      return new SourceError('conflict', message);
    case 410:
      return new ExpiredError('conflict', message);
    default:
      return new SourceError(codeOf(response.status), message, more);
  }
}

function codeOf(status: number): SourceErrorCode {
  if (status === 504 || status === 408) return 'timeout';
  if (status === 429 || status >= 500) return 'unavailable';
  return 'invalid';
}

function missingHint({ resource }: Intent): string | undefined {
  if (resource === undefined) return undefined;
  const { plural, group, version } = resource;
  return group === '' || group.endsWith('.k8s.io')
    ? `This cluster does not serve ${plural} ${group}/${version}.`
    : `Is its CRD installed? kubectl get crd ${plural}.${group}`;
}

function retryAfter({ retryAfter: header }: RefusedResponse, status: Status | undefined): number | undefined {
  const seconds = status?.details?.retryAfterSeconds ?? (header === undefined ? undefined : Number(header));
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function parseStatus(body: string): Status | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Status) : undefined;
  } catch {
    // Not from the API server itself; the caller shows the text.
    return undefined;
  }
}
