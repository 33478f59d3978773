import { expect, test } from 'vitest';
import { parseKubeletRequest } from './kubelet-request.ts';

test.each([
  ['GET', '/containerLogs/shop/web-0/app', 'log', 'container=app'],
  [
    'GET',
    '/containerLogs/shop/web-0/app?follow=true&tailLines=10&sinceTime=2026-01-01T00%3A00%3A00Z&previous=false&timestamps=true&limitBytes=9&sinceSeconds=3',
    'log',
    'follow=true&tailLines=10&sinceTime=2026-01-01T00%3A00%3A00Z&previous=false&timestamps=true&limitBytes=9&sinceSeconds=3&container=app',
  ],
  [
    'POST',
    '/exec/shop/web-0/app?command=sh&command=-c&command=a+%26+b&input=1&output=1&tty=0',
    'exec',
    'command=sh&command=-c&command=a+%26+b&stdin=true&stdout=true&tty=false&container=app',
  ],
  ['GET', '/attach/shop/web-0/some-uid/app?error=1', 'attach', 'stderr=true&container=app'],
  ['POST', '/portForward/shop/web-0', 'portforward', ''],
  ['POST', '/portForward/shop/web-0/some-uid?port=80', 'portforward', 'ports=80'],
  // What is not on the list is not passed on, a container least of all.
  [
    'GET',
    '/containerLogs/shop/web-0/app?container=other&insecureSkipTLSVerifyBackend=true',
    'log',
    'container=app',
  ],
  ['POST', '/exec/shop/web-0/app?stdin=true&container=other', 'exec', 'container=app'],
])('%s %s is asked of the provider', (method, url, kind, query) => {
  const request = parseKubeletRequest(method, url);
  expect(request).toMatchObject({ of: 'pod', kind, namespace: 'shop', pod: 'web-0' });
  expect(request.of === 'pod' && String(request.query)).toBe(query);
});

test.each([
  ['GET', '/metrics/resource', 'metrics'],
  ['GET', '/healthz', 'health'],
])('%s %s is served here', (method, url, of) => {
  expect(parseKubeletRequest(method, url)).toEqual({ of });
});

test.each([
  ['GET', '/', 404],
  ['GET', '/pods', 404],
  ['POST', '/run/shop/web-0/app', 404],
  ['GET', '/configz', 404],
  ['GET', '/__proto__/shop/web-0/app', 404],
  ['GET', '/containerLogs/shop/web-0', 404],
  ['GET', '/containerLogs/shop/web-0/app/more', 404],
  ['GET', '/containerLogs/shop/..%2F..%2Fnodes/app', 404],
  ['GET', '/containerLogs/shop/../app', 404],
  ['GET', '/containerLogs/shop/a..b/app', 404],
  ['POST', '/exec//web-0/app', 404],
  ['POST', '/containerLogs/shop/web-0/app', 405],
  ['DELETE', '/exec/shop/web-0/app', 405],
  ['POST', '/healthz', 405],
  ['GET', '/containerLogs/shop/web-0/app?tailLines=x', 400],
  ['GET', '/containerLogs/shop/web-0/app?follow=maybe', 400],
  ['GET', '/containerLogs/shop/web-0/app?sinceTime=later', 400],
  ['POST', '/portForward/shop/web-0?port=-1', 400],
  ['POST', `/exec/shop/web-0/app?command=${'x'.repeat(60_000)}`, 400],
  ['POST', `/exec/shop/web-0/app?${'command=x&'.repeat(2000)}`, 400],
])('%s %s is refused', (method, url, status) => {
  expect(parseKubeletRequest(method, url)).toMatchObject({ of: 'refused', status });
});
