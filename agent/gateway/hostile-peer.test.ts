import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { gatewayProtocols } from '#agent/model/gateway-table.ts';
import { makeKey, serveTcp, startGateway, type TestKey, until } from './gateway.fixture.ts';

vi.setConfig({ testTimeout: 30_000 });

const endpoint = 'us/pod/80';

/** A peer that speaks HTTP/2 as it likes. */
async function hostile(key: TestKey, port: number): Promise<ClientHttp2Session> {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    key: key.keyPem,
    cert: key.certificatePem,
    rejectUnauthorized: false,
    ALPNProtocols: [gatewayProtocols.forward],
  });
  await once(socket, 'secureConnect');
  const session = connectHttp2('http://x', { createConnection: () => socket });
  session.on('error', () => undefined);
  await once(session, 'remoteSettings');
  return session;
}

/** Status of a stream, or the code it was reset with. */
function outcome(
  session: ClientHttp2Session,
  headers: Record<string, string | string[]> = {},
): Promise<string> {
  const stream = session.request(
    { ':method': 'CONNECT', ':authority': encodeURIComponent(endpoint), ...headers },
    { endStream: false },
  );
  return new Promise((resolve) => {
    stream.on('error', () => undefined);
    stream.once('response', ({ ':status': status }) => resolve(String(status)));
    stream.once('close', () => resolve(`reset ${stream.rstCode}`));
  });
}

test('a flood of streams opens no more connections than the limit, also over several sessions', async () => {
  await using server = await serveTcp(() => undefined);
  await using us = await startGateway('us', { maxStreams: 20, maxSessions: 3 });
  const key = await makeKey('eu');
  const target = { address: '127.0.0.1', port: server.port };
  await us.serve({ eu: { fingerprint: key.fingerprint, endpoints: { [endpoint]: target } } });
  const one = await hostile(key, us.port);
  const two = await hostile(key, us.port);
  const answers = await Promise.all(
    [one, two].flatMap((session) => Array.from({ length: 20 }, () => outcome(session))),
  );
  expect(answers.filter((each) => each === '200')).toHaveLength(20);
  await until(() => server.sockets.size === 20);

  // A fourth session is one too many: its connection is closed.
  await hostile(key, us.port);
  await expect(
    Promise.race([
      hostile(key, us.port),
      new Promise((_, reject) => setTimeout(() => reject(new Error('refused')), 300)),
    ]),
  ).rejects.toThrow();

  // All of it ends with the sessions.
  one.destroy();
  two.destroy();
  await until(() => server.sockets.size === 0);
});

test('headers without end, wrong methods and wrong ids are refused, and others go on', async () => {
  await using server = await serveTcp((socket) => void socket.pipe(socket));
  await using us = await startGateway('us');
  const key = await makeKey('eu');
  const good = await makeKey('ap');
  const endpoints = { [endpoint]: { address: '127.0.0.1', port: server.port } };
  await us.serve({
    eu: { fingerprint: key.fingerprint, endpoints },
    ap: { fingerprint: good.fingerprint, endpoints },
  });
  const neighbour = await hostile(good, us.port);
  const session = await hostile(key, us.port);
  expect(await outcome(session, { ':authority': '%' })).toBe('400');
  expect(await outcome(session, { ':authority': 'x'.repeat(2000) })).toBe('400');
  expect(await outcome(session, { ':authority': '__proto__' })).toBe('403');
  expect(await outcome(session, { ':authority': encodeURIComponent('us/pod/81') })).toBe('403');
  const plain = session.request({ ':method': 'GET', ':path': '/' });
  plain.on('error', () => undefined);
  expect((await once(plain, 'response'))[0][':status']).toBe(405);
  const long = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x-${index}`, 'y'.repeat(500)]));
  expect(await outcome(session, long).catch(() => 'refused')).toMatch(/reset|refused/);
  expect(await outcome(neighbour)).toBe('200');
  neighbour.destroy();
  session.destroy();
});

test('streams that are opened and reset without pause end the session, not the gateway', async () => {
  await using server = await serveTcp((socket) => void socket.resume().once('end', () => socket.destroy()));
  await using us = await startGateway('us', { maxStreams: 100 });
  const key = await makeKey('eu');
  const target = { address: '127.0.0.1', port: server.port };
  await us.serve({ eu: { fingerprint: key.fingerprint, endpoints: { [endpoint]: target } } });
  const session = await hostile(key, us.port);
  const refused = new Promise((resolve) => session.once('goaway', resolve).once('close', resolve));
  let over = false;
  void refused.then(() => {
    over = true;
  });
  const end = performance.now() + 20_000;
  while (!over && performance.now() < end) {
    for (let each = 0; each < 50; each++) {
      if (session.closed || session.destroyed) break;
      const stream = session.request({ ':method': 'CONNECT', ':authority': encodeURIComponent(endpoint) });
      stream.on('error', () => undefined);
      setImmediate(() => stream.close(8));
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(over).toBe(true);
  await until(() => server.sockets.size === 0);
  const other = await hostile(key, us.port);
  expect(await outcome(other)).toBe('200');
  other.destroy();
});
