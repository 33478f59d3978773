import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type RequestOptions, request } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ensureServingCertificate,
  isGood,
  type ServingCertificate,
} from '#agent/kubelet/serving-certificate.ts';
import { type Kubelet, type PodTarget, startKubelet } from '#agent/kubelet/start-kubelet.ts';
import { apiServerSource } from '#core/source/api-server/source.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { startApiServer } from '#test/support/api-server.ts';
import { type CertifiedKey, createAuthority, issue } from '#tools/playground/cluster/certificate.ts';

const log = createLogger({ name: 'test', destination: { write: () => undefined } });
const ending = new AbortController();
/** How often the played provider refuses the token for pod `stale`. */
let staleTokens = 0;
const providerToken = 'the account at the provider';

let clientCa: CertifiedKey;
let serving: CertifiedKey;
let kubelet: Kubelet;
let provider: PlayedProvider;
let admin: CertifiedKey;
let nobody: CertifiedKey;
let stranger: CertifiedKey;
const targets = new Map<string, PodTarget>();

beforeAll(async () => {
  const now = new Date();
  const serverCa = await createAuthority('servers', now);
  clientCa = await createAuthority('clients', now);
  serving = await issue(serverCa, { commonName: 'kubelet', addresses: ['127.0.0.1'] }, now);
  admin = await issue(clientCa, { commonName: 'kube-apiserver', organization: 'masters' }, now);
  nobody = await issue(clientCa, { commonName: 'nobody' }, now);
  stranger = await issue(await createAuthority('others', now), { commonName: 'kube-apiserver' }, now);
  provider = await playProvider(serving);
  kubelet = await startKubelet(
    {
      listen: { address: '127.0.0.1', port: 0 },
      tls: () => ({ keyPem: serving.key, certificatePem: serving.certificate }),
      clientCa: () => clientCa.certificate,
      authorize: async ({ name, groups }) => name === 'kube-apiserver' && groups.includes('masters'),
      podTarget: (namespace, pod) => targets.get(`${namespace}/${pod}`),
      log,
      now: () => performance.now(),
    },
    ending.signal,
  );
  targets.set('shop/web', target([`https://127.0.0.1:${provider.port}`]));
});

afterAll(async () => {
  ending.abort();
  await kubelet.closed;
  await provider[Symbol.asyncDispose]();
});

/** A link whose credentials go on to the next server when told to forget the last one. */
function target(servers: readonly string[], signal = new AbortController().signal): PodTarget {
  let turn = 0;
  return {
    remoteNamespace: 'shop-eu',
    link: {
      clusterID: 'us',
      signal,
      credentials: {
        access: async () => ({
          server: servers[turn % servers.length] ?? '',
          headers: { authorization: `Bearer ${providerToken}` },
          tls: { ca: serving.certificate, rejectUnauthorized: false },
        }),
        forget: () => void turn++,
      },
    },
  };
}

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

interface PlayedProvider extends AsyncDisposable {
  readonly port: number;
  readonly seen: Seen[];
  readonly upgraded: Set<Duplex>;
  readonly streaming: Set<{ write(text: string): unknown; end(): unknown }>;
}

/** A small HTTPS server that plays a provider's API server: logs, and upgrades that echo in capitals. */
async function playProvider({ key, certificate }: CertifiedKey): Promise<PlayedProvider> {
  const seen: Seen[] = [];
  const upgraded = new Set<Duplex>();
  const streaming: PlayedProvider['streaming'] = new Set();
  const note = ({ method = '', url = '', headers }: IncomingMessage) => seen.push({ method, url, headers });
  const server = createServer({ key, cert: certificate }, (incoming, response) => {
    note(incoming);
    if (incoming.url?.includes('/pods/stale/') && staleTokens-- > 0) {
      response.writeHead(401).end();
      return;
    }
    if (incoming.url?.includes('/pods/missing/')) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', message: 'pods "missing" not found', code: 404 }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain', 'x-of-the-provider': 'secret' });
    response.write('first line\n');
    if (incoming.url?.includes('follow=true')) streaming.add(response);
    else response.end('last line\n');
  });
  server.on('upgrade', (incoming, socket: Duplex) => {
    note(incoming);
    socket.on('error', () => undefined);
    if (incoming.url?.includes('/pods/missing/')) {
      socket.end(
        'HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n\r\n{"message":"container not found"}',
      );
      return;
    }
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${incoming.headers.upgrade}\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nX-Other: no\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    upgraded,
    streaming,
    [Symbol.asyncDispose]: async () => {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

function options(path: string, user: CertifiedKey | 'none', more: RequestOptions = {}): RequestOptions {
  return {
    host: '127.0.0.1',
    port: kubelet.port,
    path,
    agent: false,
    rejectUnauthorized: false,
    ...(user === 'none' ? {} : { key: user.key, cert: user.certificate }),
    ...more,
  };
}

async function get(
  path: string,
  user: CertifiedKey | 'none' = admin,
  more: RequestOptions = {},
): Promise<{
  readonly status: number | undefined;
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}> {
  const asking = request(options(path, user, more)).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text, headers: response.headers };
}

const spdy: RequestOptions = {
  method: 'POST',
  headers: {
    connection: 'Upgrade',
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    authorization: 'Bearer of the client',
    'x-remote-user': 'admin',
    cookie: 'a=b',
  },
};

async function upgrade(
  path: string,
  user: CertifiedKey | 'none' = admin,
  more: RequestOptions = spdy,
): Promise<
  | { readonly socket: Socket; readonly headers: IncomingMessage['headers'] }
  | { readonly status: number | undefined; readonly text: string }
> {
  const asking = request(options(path, user, more)).end();
  const upgraded = once(asking, 'upgrade').then(([response, socket]) => ({
    socket: socket as Socket,
    headers: (response as IncomingMessage).headers,
  }));
  const refused = once(asking, 'response').then(async ([response]) => {
    let text = '';
    for await (const chunk of response as IncomingMessage) text += chunk;
    return { status: (response as IncomingMessage).statusCode, text };
  });
  return Promise.race([upgraded, refused]);
}

test('logs come from the twin pod, with our account and none of the headers of who asks', async () => {
  const got = await get('/containerLogs/shop/web/app?tailLines=5&container=x', admin, {
    headers: { authorization: 'Bearer of the client', cookie: 'a=b' },
  });
  expect(got).toMatchObject({ status: 200, text: 'first line\nlast line\n' });
  expect(got.headers['x-of-the-provider']).toBeUndefined();
  const last = provider.seen.at(-1);
  expect(last?.url).toBe('/api/v1/namespaces/shop-eu/pods/web/log?tailLines=5&container=app');
  expect(last?.headers.authorization).toBe(`Bearer ${providerToken}`);
  expect(last?.headers.cookie).toBeUndefined();
});

test('a followed log comes line by line, and ends with the link', async () => {
  const link = new AbortController();
  targets.set('shop/followed', target([`https://127.0.0.1:${provider.port}`], link.signal));
  const asking = request(options('/containerLogs/shop/followed/app?follow=true', admin)).end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  expect(String((await once(response, 'data'))[0])).toBe('first line\n');
  for (const stream of provider.streaming) stream.write('second line\n');
  expect(String((await once(response, 'data'))[0])).toBe('second line\n');
  const ended = new Promise((resolve) => response.once('close', resolve));
  response.on('error', () => undefined);
  link.abort();
  await ended;
  expect(response.complete).toBe(false);
});

test.each([
  [
    'POST',
    '/exec/shop/web/app?command=sh&command=-c&command=id&input=1&output=1&tty=1',
    '/exec?command=sh&command=-c&command=id&stdin=true&stdout=true&tty=true&container=app',
  ],
  ['POST', '/attach/shop/web/app?output=1&error=1', '/attach?stdout=true&stderr=true&container=app'],
  ['POST', '/portForward/shop/web', '/portforward'],
])('%s %s becomes bytes in both directions', async (method, path, remote) => {
  const got = await upgrade(path, admin, { ...spdy, method });
  if (!('socket' in got)) throw new Error(got.text);
  const { socket, headers } = got;
  expect(headers).toEqual({
    connection: 'Upgrade',
    upgrade: 'SPDY/3.1',
    'x-stream-protocol-version': 'v4.channel.k8s.io',
  });
  const last = provider.seen.at(-1);
  expect(last?.url).toBe(`/api/v1/namespaces/shop-eu/pods/web${remote}`);
  expect(last?.headers).toMatchObject({
    authorization: `Bearer ${providerToken}`,
    'x-stream-protocol-version': 'v5.channel.k8s.io, v4.channel.k8s.io',
  });
  expect(last?.headers['x-remote-user']).toBeUndefined();
  const sent = randomBytes(1_000_000);
  const hash = createHash('sha256');
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    length += chunk.length;
    if (length === sent.length) socket.end();
  });
  socket.write(sent);
  await once(socket, 'close');
  expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
});

test('a WebSocket upgrade is passed on as one', async () => {
  const got = await upgrade('/exec/shop/web/app?command=id&output=1', admin, {
    method: 'GET',
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    },
  });
  if (!('socket' in got)) throw new Error(got.text);
  got.socket.destroy();
  expect(provider.seen.at(-1)).toMatchObject({
    method: 'GET',
    headers: {
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    },
  });
});

test('a session ends at the provider when kubectl goes away, and here when the link ends', async () => {
  const link = new AbortController();
  targets.set('shop/short', target([`https://127.0.0.1:${provider.port}`], link.signal));
  const before = new Set(provider.upgraded);
  const one = await upgrade('/exec/shop/short/app?command=id&output=1');
  const two = await upgrade('/exec/shop/short/app?command=id&output=1');
  if (!('socket' in one) || !('socket' in two)) throw new Error('refused');
  const sessions = [...provider.upgraded].filter((socket) => !before.has(socket));
  expect(sessions).toHaveLength(2);
  const gone = Promise.race(sessions.map((socket) => new Promise((done) => socket.once('close', done))));
  one.socket.destroy();
  await gone;
  const closed = new Promise((resolve) => two.socket.once('close', resolve));
  two.socket.on('error', () => undefined);
  two.socket.resume();
  link.abort();
  await closed;
});

test('no certificate, one of another authority, and a bearer token get 401; another user gets 403', async () => {
  const asked = provider.seen.length;
  const path = '/containerLogs/shop/web/app';
  expect((await get(path, 'none')).status).toBe(401);
  const anonymous = await get(path, 'none', { headers: { authorization: `Bearer ${providerToken}` } });
  expect(anonymous.status).toBe(401);
  expect((await get(path, stranger)).status).toBe(401);
  expect((await get(path, nobody)).status).toBe(403);
  expect((await get('/healthz', nobody)).status).toBe(403);
  expect(await upgrade('/exec/shop/web/app?command=id', stranger)).toMatchObject({ status: 401 });
  expect(await upgrade('/exec/shop/web/app?command=id', nobody)).toMatchObject({ status: 403 });
  expect(provider.seen.length).toBe(asked);
});

test('without a client CA nobody is let in', async () => {
  const own = new AbortController();
  const closed = await startKubelet(
    {
      listen: { address: '127.0.0.1', port: 0 },
      tls: () => ({ keyPem: serving.key, certificatePem: serving.certificate }),
      clientCa: () => '',
      authorize: async () => true,
      podTarget: () => undefined,
      log,
      now: () => performance.now(),
    },
    own.signal,
  );
  expect((await get('/healthz', admin, { port: closed.port })).status).toBe(401);
  own.abort();
  await closed.closed;
});

test('pods that nobody runs elsewhere, unknown addresses and plain requests are told so', async () => {
  expect(await get('/containerLogs/shop/daemon/app')).toMatchObject({
    status: 404,
    text: "pod shop/daemon does not run at a provider: it was not sent (a DaemonSet's pod), or is not there yet\n",
  });
  expect((await get('/pods')).status).toBe(404);
  expect((await get('/exec/shop/web/app?command=id')).status).toBe(400);
  expect(await upgrade('/exec/shop/daemon/app?command=id')).toMatchObject({ status: 404 });
  expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok' });
  const { text, headers } = await get('/metrics/resource');
  expect(headers['content-type']).toContain('text/plain');
  expect(text).toContain('\nscrape_error 0\n');
});

test("what the provider refuses comes with its name and the provider's reason", async () => {
  targets.set('shop/missing', target([`https://127.0.0.1:${provider.port}`]));
  expect(await get('/containerLogs/shop/missing/app')).toMatchObject({
    status: 404,
    text: 'provider us: pods "missing" not found\n',
  });
  expect(await upgrade('/exec/shop/missing/app?command=id')).toEqual({
    status: 400,
    text: 'provider us: container not found\n',
  });
});

test('a refused token is read anew once, and a second refusal is believed', async () => {
  targets.set('shop/stale', target([`https://127.0.0.1:${provider.port}`]));
  staleTokens = 1;
  expect((await get('/containerLogs/shop/stale/app')).status).toBe(200);
  staleTokens = 2;
  expect((await get('/containerLogs/shop/stale/app')).status).toBe(401);
  expect(staleTokens).toBe(0);
});

test('a provider that cannot be reached is named with its address, and its other address is used', async () => {
  const blocked = createTcpServer();
  blocked.listen(0, '127.0.0.1');
  await once(blocked, 'listening');
  const { port } = blocked.address() as AddressInfo;
  blocked.close();
  targets.set('shop/away', target([`https://127.0.0.1:${port}`]));
  const away = await get('/containerLogs/shop/away/app');
  expect(away.status).toBe(502);
  expect(away.text).toContain(
    `provider us at https://127.0.0.1:${port} cannot be asked: connect ECONNREFUSED`,
  );
  expect(await upgrade('/exec/shop/away/app?command=id')).toMatchObject({ status: 502 });
  targets.set('shop/two', target([`https://127.0.0.1:${port}`, `https://127.0.0.1:${provider.port}`]));
  expect((await get('/containerLogs/shop/two/app')).status).toBe(200);
});

test('a certificate is asked for, approved, waited for and stored; the API server sees an approved request', async () => {
  await using server = await startApiServer();
  const own = new AbortController();
  const source = await apiServerSource({
    kubeconfig: server.kubeconfig,
    fieldManager: 'offload-agent',
    identity: 'test',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal: own.signal,
  });
  let stored: ServingCertificate | undefined;
  const asking = {
    source,
    nodeName: 'liqo-us',
    addresses: ['10.1.2.3', 'fd00::1'],
    store: {
      get: async () => stored,
      put: async (next: ServingCertificate) => {
        stored = next;
      },
    },
    wallClock: Date.now,
  };
  const ensured = ensureServingCertificate(asking, own.signal);
  // No controller manager runs here: the test plays the signer, for a request that is approved.
  const path = 'jsonpath={.items[?(@.status.conditions[*].type=="Approved")].metadata.name}';
  const approved = async (): Promise<readonly string[]> =>
    (await server.kubectl('get', 'csr', '-o', path)).split(' ').filter((each) => each !== '');
  const requests = async (): Promise<readonly string[]> =>
    (await server.kubectl('get', 'csr', '-o', 'jsonpath={.items[*].metadata.name}'))
      .split(' ')
      .filter((each) => each !== '');
  let name = '';
  while (name === '') name = (await approved())[0] ?? '';
  expect(name).toMatch(/^offload-kubelet-liqo-us-[0-9a-f]{10}$/);
  const requested = JSON.parse(await server.kubectl('get', 'csr', name, '-o', 'json')).spec as {
    signerName: string;
    usages: string[];
  };
  const signed = await issue(
    clientCa,
    { commonName: 'system:node:liqo-us', organization: 'system:nodes', addresses: asking.addresses },
    new Date(),
  );
  const status = { status: { certificate: Buffer.from(signed.certificate).toString('base64') } };
  await server.kubectl(
    'patch',
    'csr',
    name,
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify(status),
  );
  const certificate = await ensured;
  expect(certificate.certificatePem.trim()).toBe(signed.certificate.trim());
  expect(certificate.keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  expect(stored).toEqual(certificate);
  expect(requested).toMatchObject({
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
  });
  expect(await requests()).toEqual([]);

  // With its own key it is good, for these addresses and two thirds of its life.
  const held = { keyPem: signed.key, certificatePem: signed.certificate };
  expect(isGood(held, asking)).toBe(true);
  expect(isGood(certificate, asking)).toBe(false);
  expect(isGood(held, { ...asking, addresses: ['10.1.2.4'] })).toBe(false);
  expect(isGood(held, { ...asking, nodeName: 'liqo-eu' })).toBe(false);
  expect(isGood(held, { ...asking, wallClock: () => Date.now() + 250 * 24 * 3_600_000 })).toBe(false);
  stored = held;
  expect(await ensureServingCertificate(asking, own.signal)).toEqual(held);

  // A request that is denied says why.
  stored = undefined;
  const refused = expect(ensureServingCertificate(asking, own.signal)).rejects.toThrow(
    /is failed: no such node/,
  );
  let second = '';
  while (second === '') second = (await approved()).find((each) => each !== name) ?? '';
  const failed = {
    type: 'Failed',
    status: 'True',
    reason: 'SignerValidationFailure',
    message: 'no such node',
  };
  await server.kubectl(
    ...['patch', 'csr', second, '--subresource=status', '--type=json', '-p'],
    JSON.stringify([{ op: 'add', path: '/status/conditions/-', value: failed }]),
  );
  await refused;

  // It stays to be looked at until the next try.
  expect(await requests()).toEqual([second]);
  const strange = { ...asking, addresses: ['no address'] };
  await expect(ensureServingCertificate(strange, own.signal)).rejects.toThrow(/IP addresses/);
  expect(await requests()).toEqual([]);
  own.abort();
});

test('a connection that is no TLS, and a request that never ends, harm nobody', async () => {
  const socket = connect(kubelet.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  expect((await get('/healthz')).status).toBe(200);
});
