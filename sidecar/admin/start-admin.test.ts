import { request } from 'node:http';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adminApiVersion } from '#core/admin/schema.ts';
import { type AdminOptions, startAdmin } from './start-admin.ts';
import { startMetrics } from './start-metrics.ts';

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

const options: AdminOptions = {
  listen: { address: '127.0.0.1', port: 0 },
  version: 'v0.1.0',
  hosts: () => ({ apiVersion: adminApiVersion, kind: 'HostList', geoTag: 'eu', items: [] }),
  peers: () => ({ apiVersion: adminApiVersion, kind: 'PeerList', geoTag: 'eu', items: [] }),
  explain: (host, client) => ({
    apiVersion: adminApiVersion,
    kind: 'Explanation',
    geoTag: 'eu',
    host,
    ...(client !== undefined && { client }),
    notServed: 'no Gslb',
  }),
  notReady: () => [],
  unhealthy: () => [],
};

function ask(
  port: number,
  path: string,
  { method = 'GET', host = `127.0.0.1:${port}` } = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, method, headers: { host } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

test('hosts, peers, health and readiness are JSON', async () => {
  const { port } = await startAdmin(options, stop.signal);
  for (const [path, kind] of [
    ['/hosts', 'HostList'],
    ['/peers', 'PeerList'],
    ['/health', 'Health'],
    ['/ready?verbose', 'Readiness'],
    ['/explain?host=App.example.com.&client=2001:db8::1', 'Explanation'],
  ] as const) {
    const { status, headers, body } = await ask(port, path);
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/json' });
    expect(JSON.parse(body)).toMatchObject({ apiVersion: adminApiVersion, kind });
  }
});

test('an explanation is asked by name and client', async () => {
  const { port } = await startAdmin(options, stop.signal);
  const { body } = await ask(port, '/explain?host=App.example.com.&client=2001:db8::1');
  expect(JSON.parse(body)).toMatchObject({ host: 'app.example.com', client: '2001:db8::1' });
});

test.each([
  ['no host', '/explain', 'host is to be a name of at most 253 octets'],
  ['an endless host', `/explain?host=${'a'.repeat(254)}`, 'host is to be a name of at most 253 octets'],
  ['a client that is no address', '/explain?host=a.example.com&client=x', 'client is to be an IP address'],
])('%s is 400 with the remedy', async (_title, path, remedy) => {
  const { port } = await startAdmin(options, stop.signal);
  expect(await ask(port, path)).toMatchObject({ status: 400, body: `${remedy}\n` });
});

test('what only a new process mends is 503 for the liveness probe', async () => {
  const { port } = await startAdmin({ ...options, unhealthy: () => ['stuck'] }, stop.signal);
  const { status, body } = await ask(port, '/health');
  expect([status, JSON.parse(body)]).toMatchObject([503, { kind: 'Health', reasons: ['stuck'] }]);
});

test('not ready is 503 with what is awaited', async () => {
  const { port } = await startAdmin({ ...options, notReady: () => ['first list of Gslbs'] }, stop.signal);
  const { status, body } = await ask(port, '/ready');
  expect(status).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ ready: false, reasons: ['first list of Gslbs'] });
});

test.each([
  ['localhost', 200],
  ['LOCALHOST:8053', 200],
  ['127.0.0.1', 200],
  ['[::1]:8053', 200],
  ['evil.example.com', 403],
  ['evil.example.com:8053', 403],
  ['127.0.0.1.evil.example.com', 403],
  ['172.19.0.3', 403],
])('Host "%s" gets %i', async (host, status) => {
  const { port } = await startAdmin(options, stop.signal);
  expect((await ask(port, '/hosts', { host })).status).toBe(status);
});

test('only GET is served, and only known paths', async () => {
  const { port } = await startAdmin(options, stop.signal);
  const post = await ask(port, '/hosts', { method: 'POST' });
  expect([post.status, post.headers['allow']]).toEqual([405, 'GET']);
  expect((await ask(port, '/metrics')).status).toBe(404);
});

test('a report that cannot be made is a 500 that says why; the endpoint goes on', async () => {
  const hosts = (): never => {
    throw new Error('no view yet');
  };
  const { port } = await startAdmin({ ...options, hosts }, stop.signal);
  expect(await ask(port, '/hosts')).toMatchObject({ status: 500, body: 'no view yet\n' });
  expect((await ask(port, '/health')).status).toBe(200);
});

test('bytes that are not HTTP end only their own connection', async () => {
  const { port } = await startAdmin(options, stop.signal);
  const socket = createConnection(port, '127.0.0.1');
  const ended = new Promise((resolve) => socket.on('close', resolve));
  socket.on('error', () => {}).end('\x16\x03\x01 nonsense\r\n\r\n');
  socket.resume();
  await ended;
  expect((await ask(port, '/health')).status).toBe(200);
});

test('an aborted signal frees the port, also with a connection open', async () => {
  const { port, closed } = await startAdmin(options, stop.signal);
  const socket = createConnection(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.on('connect', resolve));
  stop.abort();
  await closed;
  stop = new AbortController();
  const again = await startAdmin({ ...options, listen: { address: '127.0.0.1', port } }, stop.signal);
  expect(again.port).toBe(port);
  socket.destroy();
});

test('a taken port is an error that names the flag', async () => {
  const { port } = await startAdmin(options, stop.signal);
  await expect(
    startAdmin({ ...options, listen: { address: '127.0.0.1', port } }, stop.signal),
  ).rejects.toMatchObject({
    code: 'listenFailed',
    message: `cannot listen on 127.0.0.1 port ${port}: EADDRINUSE`,
    hint: expect.stringContaining('--admin'),
  });
});

test('metrics stand on a listener of their own that serves nothing else', async () => {
  const { port } = await startMetrics(
    {
      listen: { address: '127.0.0.1', port: 0 },
      metricsText: async () => 'up 1\n',
      contentType: 'text/plain; version=0.0.4',
    },
    stop.signal,
  );
  expect(await ask(port, '/metrics', { host: 'node-1:9100' })).toMatchObject({ status: 200, body: 'up 1\n' });
  expect((await ask(port, '/hosts')).status).toBe(404);
});
