import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodes } from '#core/api/kubernetes.ts';
import type { Credentials } from './access.ts';
import { ApiClient } from './client.ts';

let server: Server;
let answer: RequestListener;
let client: ApiClient | undefined;
const never = new AbortController().signal;
const read = { method: 'GET', path: '/api/v1/nodes', intent: { verb: 'list', resource: nodes } } as const;

beforeEach(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await client?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const open = (credentials: Partial<Credentials> = {}, path = ''): ApiClient => {
  client = new ApiClient(
    {
      access: async () => ({
        server: `${address()}${path}`,
        headers: { authorization: 'Bearer t' },
        tls: {},
      }),
      forget: () => undefined,
      ...credentials,
    },
    'interspan/test',
  );
  return client;
};

test('a request carries who asks, and goes below the path of the server', async () => {
  answer = (request, response) =>
    void response.end(
      JSON.stringify([request.url, request.headers.authorization, request.headers['user-agent']]),
    );
  const seen = await open({}, '/clusters/a').json({ ...read, signal: never }, 5000);
  expect(seen).toEqual(['/clusters/a/api/v1/nodes', 'Bearer t', 'interspan/test']);
});

test('a refused token is read anew once', async () => {
  let token = 'old';
  let asked = 0;
  answer = (request, response) => {
    asked++;
    response.writeHead(request.headers.authorization === 'Bearer new' ? 200 : 401).end('{}');
  };
  const credentials = {
    access: async () => ({ server: address(), headers: { authorization: `Bearer ${token}` }, tls: {} }),
    forget: () => {
      token = 'new';
    },
  };
  expect(await open(credentials).json({ ...read, signal: never }, 5000)).toEqual({});
  expect(asked).toBe(2);
});

test('a token that stays refused is unauthorized', async () => {
  let asked = 0;
  answer = (_, response) => {
    asked++;
    response.writeHead(401).end('{"message":"Unauthorized"}');
  };
  await expect(open().json({ ...read, signal: never }, 5000)).rejects.toMatchObject({
    code: 'unauthorized',
    message: 'cannot list nodes: Unauthorized (401)',
  });
  expect(asked).toBe(2);
});

test.each<[string, RequestListener]>([
  ['no answer at all', () => undefined],
  ['half an answer', (_, response) => void response.writeHead(200).write('{"a":')],
])('%s in time is a timeout', async (_, listener) => {
  answer = listener;
  await expect(open().json({ ...read, signal: never }, 50)).rejects.toMatchObject({
    code: 'timeout',
    message: `cannot list nodes at ${address()}: no answer in time`,
    retryable: true,
  });
});

test('nobody there is unavailable, with the reason', async () => {
  const credentials = { access: async () => ({ server: 'http://127.0.0.1:1', headers: {}, tls: {} }) };
  await expect(open(credentials).json({ ...read, signal: never }, 5000)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('an abort rejects with its reason, in a request and in a stream', async () => {
  answer = (request, response) => {
    if (request.url === '/stream') response.writeHead(200).write('x');
  };
  const enough = new AbortController();
  const asked = open().json({ ...read, signal: enough.signal }, 5000);
  const stream = await open().stream({ ...read, path: '/stream', signal: enough.signal }, 5000);
  const reading = (async () => {
    for await (const chunk of stream) expect(chunk.toString()).toBe('x');
  })();
  enough.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
  await expect(reading).rejects.toThrow('enough');
});
