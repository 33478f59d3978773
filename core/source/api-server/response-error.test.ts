import { expect, test } from 'vitest';
import { gslbs } from '#core/api/gslb/schema.ts';
import { nodes, services } from '#core/api/kubernetes.ts';
import type { Intent } from './intent.ts';
import { ExpiredError, responseError, UnknownResourceError } from './response-error.ts';

const patch: Intent = { verb: 'patch', resource: gslbs, subresource: 'status', namespace: 'n', name: 'a' };
const status = (reason: string, message: string, details: object = {}): string =>
  JSON.stringify({ kind: 'Status', status: 'Failure', reason, message, details });

test.each<[number, string, string, boolean]>([
  [400, status('BadRequest', 'm'), 'invalid', false],
  [401, status('Unauthorized', 'm'), 'unauthorized', false],
  [403, status('Forbidden', 'm'), 'forbidden', false],
  [404, status('NotFound', 'm', { name: 'a' }), 'notFound', false],
  [409, status('Conflict', 'm'), 'conflict', true],
  [413, 'too large', 'invalid', false],
  [422, status('Invalid', 'm'), 'invalid', false],
  [429, status('TooManyRequests', 'm'), 'unavailable', true],
  [500, status('InternalError', 'm'), 'unavailable', true],
  [502, '<html>Bad Gateway</html>', 'unavailable', true],
  [503, '', 'unavailable', true],
  [504, status('Timeout', 'm'), 'timeout', true],
])('%i means %s', (code, body, expected, retryable) => {
  expect(responseError(patch, { status: code, body })).toMatchObject({ code: expected, retryable });
});

test('the sentence says what was tried, where, and what the API server said', () => {
  const body = status('Invalid', 'Gslb is invalid');
  expect(responseError(patch, { status: 422, body }).message).toBe(
    'cannot patch gslbs.k8gb.io/status n/a: Gslb is invalid (422)',
  );
  expect(responseError({ verb: 'list', resource: nodes }, { status: 502, body: '<html>\n<p>' }).message).toBe(
    'cannot list nodes: <html> (502)',
  );
});

test.each<[Intent, string, string]>([
  [
    patch,
    'User "system:serviceaccount:gslb:sidecar" cannot patch',
    'kubectl auth can-i patch gslbs.k8gb.io --subresource=status --namespace=n --as=system:serviceaccount:gslb:sidecar',
  ],
  [{ verb: 'watch', resource: services }, 'no', 'kubectl auth can-i watch services --all-namespaces'],
  [{ verb: 'list', resource: nodes }, 'User "u" cannot', 'kubectl auth can-i list nodes --as=u'],
])('a refusal names the command that shows it', (intent, message, hint) => {
  expect(responseError(intent, { status: 403, body: status('Forbidden', message) }).hint).toBe(hint);
});

test('a resource that is not served is told from an object that is not there', () => {
  const unknown = responseError(patch, { status: 404, body: '404 page not found\n' });
  expect(unknown).toBeInstanceOf(UnknownResourceError);
  expect(unknown.hint).toBe('Is its CRD installed? kubectl get crd gslbs.k8gb.io');
  const absent = responseError(patch, { status: 404, body: status('NotFound', 'm', { name: 'a' }) });
  expect(absent).not.toBeInstanceOf(UnknownResourceError);
});

test.each<[string | undefined, object, number | undefined]>([
  ['7', {}, 7000],
  ['7', { retryAfterSeconds: 3 }, 3000],
  ['Wed, 21 Oct 2026 07:28:00 GMT', {}, undefined],
  [undefined, {}, undefined],
])('Retry-After %s with details %j is %s ms', (retryAfter, details, expected) => {
  const body = status('TooManyRequests', 'm', details);
  expect(responseError(patch, { status: 429, body, retryAfter }).retryAfterMs).toBe(expected);
});

test('410 is its own error', () => {
  expect(responseError(patch, { status: 410, body: status('Expired', 'too old') })).toBeInstanceOf(
    ExpiredError,
  );
});
