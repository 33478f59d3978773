import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { expect, test, vi } from 'vitest';
import { type EndpointId, type GatewayPeer, gatewayProtocols } from '#agent/model/gateway-table.ts';
import { followReports } from './follow-reports.ts';
import {
  freePort,
  makeKey,
  open,
  serveTcp,
  startGateway,
  type TestGateway,
  until,
  wire,
} from './gateway.fixture.ts';
import type { GatewayTiming } from './timing.ts';

// Real sockets and keys, perhaps on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const id = (cluster: string, pod = 'pod', port = 80): EndpointId => `${cluster}/${pod}/${port}`;

const peerOf = (gateway: TestGateway, rest: Partial<GatewayPeer> = {}): GatewayPeer => ({
  fingerprint: gateway.key.fingerprint,
  endpoints: {},
  ...rest,
});

const dial = (gateway: { readonly port: number }) => ({ dial: [`127.0.0.1:${gateway.port}`] });

const target = (server: { readonly port: number }) => ({ address: '127.0.0.1', port: server.port });

const linked = (gateway: TestGateway, peer: string, up = true) =>
  until(() => gateway.report()?.links[peer] === up, `link of ${gateway.id} to ${peer}`);

const echo = () => serveTcp((socket) => void socket.pipe(socket));

/** Everything until the end; our own side stays open. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk as Buffer));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** How a connection was closed. */
async function fate(socket: Socket): Promise<string> {
  socket.on('error', () => undefined);
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return (socket.errored as NodeJS.ErrnoException | null)?.code ?? 'end';
}

/** How a connection to a port ends to which nothing is sent. */
const knock = (port: number): Promise<string> =>
  fate(connect({ host: '127.0.0.1', port, allowHalfOpen: true }));

/** eu with a port for an endpoint of us, and us with that endpoint; eu dials, or us does. */
async function pair(dialer: 'eu' | 'us', port: number, timing: Partial<GatewayTiming> = {}) {
  const eu = await startGateway('eu', timing);
  const us = await startGateway('us');
  const at = await freePort();
  const serveUs = (endpoints: GatewayPeer['endpoints']) =>
    us.serve({ eu: peerOf(eu, { ...(dialer === 'us' ? dial(eu) : {}), endpoints }) });
  await serveUs({ [id('us')]: target({ port }) });
  await eu.serve(
    { us: peerOf(us, dialer === 'eu' ? dial(us) : {}) },
    { [at]: { peer: 'us', endpoint: id('us') } },
  );
  await Promise.all([linked(eu, 'us'), linked(us, 'eu')]);
  return {
    eu,
    us,
    at,
    serveUs,
    [Symbol.asyncDispose]: async () => void (await Promise.all([eu.stop(), us.stop()])),
  };
}

test.each(['eu', 'us'] as const)('5 MB come back whole over a connection that %s dialed', async (dialer) => {
  await using server = await echo();
  await using both = await pair(dialer, server.port);
  const socket = await open(both.at);
  const sent = randomBytes(5_000_000);
  socket.end(sent);
  // Nothing is read for a while: the bytes must wait, and none be lost.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const got = await readAll(socket);
  expect(got.length).toBe(sent.length);
  expect(createHash('sha256').update(got).digest('hex')).toBe(
    createHash('sha256').update(sent).digest('hex'),
  );
});

test('a client that has ended is still answered, and so is a server that ended first', async () => {
  await using lastWord = await serveTcp((socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.once('end', () => setTimeout(() => socket.end(`got ${text}`), 30));
  });
  await using firstWord = await serveTcp((socket) => {
    socket.end('hello');
    socket.on('data', (chunk) => heard.resolve(String(chunk)));
  });
  const heard = Promise.withResolvers<string>();
  await using both = await pair('eu', lastWord.port);
  const one = await open(both.at);
  one.end('question');
  expect(String(await readAll(one))).toBe('got question');

  await both.serveUs({ [id('us')]: target(firstWord) });
  const other = await open(both.at);
  expect(String(await readAll(other))).toBe('hello');
  other.end('after the end');
  expect(await heard.promise).toBe('after the end');
});

test('a slow reader holds up the sender, not the memory', async () => {
  let written = 0;
  await using server = await serveTcp((socket) => {
    const write = (): void => {
      while (written < 200_000_000 && socket.write(Buffer.alloc(65_536))) written += 65_536;
    };
    socket.on('drain', write);
    write();
  });
  await using both = await pair('eu', server.port);
  const socket = await open(both.at);
  socket.pause();
  // All buffers on the way fill, in a time that depends on the machine; then nothing moves.
  let held = -1;
  while (written === 0 || held !== written) {
    held = written;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect(held).toBeLessThan(40_000_000);
  socket.destroy();
});

test('where too much waits for slow readers, the slowest is cut', async () => {
  await using server = await serveTcp((socket) => void socket.write(Buffer.alloc(20_000_000)));
  await using both = await pair('eu', server.port, { maxUnreadBytes: 300_000 });
  const socket = await open(both.at);
  socket.pause();
  await until(() => both.eu.log.lines.some((line) => line.includes('too many unread bytes')));
  expect(await fate(socket)).toBe('ECONNRESET');
});

test('a failure on one side is a reset on the other', async () => {
  await using server = await serveTcp((socket) => void socket.once('data', () => socket.resetAndDestroy()));
  await using both = await pair('us', server.port);
  const socket = await open(both.at);
  socket.write('x');
  expect(await fate(socket)).toBe('ECONNRESET');

  await using patient = await serveTcp(() => undefined);
  await both.serveUs({ [id('us')]: target(patient) });
  const leaving = await open(both.at);
  leaving.write('x');
  await until(() => patient.sockets.size === 1);
  const [far] = patient.sockets;
  const end = fate(far as Socket);
  leaving.resetAndDestroy();
  expect(await end).toBe('ECONNRESET');
});

test('an endpoint of another, one that nobody listens on, and no link at all reset the client', async () => {
  await using server = await echo();
  await using both = await pair('eu', server.port);
  await both.serveUs({ [id('us', 'another')]: target(server) });
  expect(await knock(both.at)).toBe('ECONNRESET');
  await until(() => both.us.log.lines.some((line) => line.includes('does not let this peer reach it')));

  await both.serveUs({ [id('us')]: target({ port: await freePort() }) });
  expect(await knock(both.at)).toBe('ECONNRESET');

  await both.us.stop();
  await linked(both.eu, 'us', false);
  expect(await knock(both.at)).toBe('ECONNRESET');
});

test('a peer reaches only what is listed for itself, by own names only', async () => {
  await using server = await echo();
  await using hub = await startGateway('hub');
  await using one = await startGateway('one');
  await using two = await startGateway('two');
  const port = await freePort();
  await hub.serve({
    one: peerOf(one, { endpoints: { [id('hub')]: target(server) } }),
    two: peerOf(two),
  });
  await two.serve({ hub: peerOf(hub, dial(hub)) }, { [port]: { peer: 'hub', endpoint: id('hub') } });
  await linked(two, 'hub');
  expect(await knock(port)).toBe('ECONNRESET');
});

test('a hub passes a stream on once, and nobody passes on what was passed on', async () => {
  await using server = await echo();
  await using hub = await startGateway('hub');
  await using one = await startGateway('one');
  await using two = await startGateway('two');
  await using three = await startGateway('three');
  const near = await freePort();
  const far = await freePort();
  await three.serve({ two: peerOf(two, { ...dial(two), endpoints: { [id('three')]: target(server) } }) });
  await two.serve({
    hub: peerOf(hub, {
      ...dial(hub),
      endpoints: { [id('two')]: target(server), [id('three')]: { relay: 'three' } },
    }),
    three: peerOf(three),
  });
  await hub.serve({
    one: peerOf(one, { endpoints: { [id('two')]: { relay: 'two' }, [id('three')]: { relay: 'two' } } }),
    two: peerOf(two),
  });
  await one.serve(
    { hub: peerOf(hub, dial(hub)) },
    { [near]: { peer: 'hub', endpoint: id('two') }, [far]: { peer: 'hub', endpoint: id('three') } },
  );
  await Promise.all([linked(one, 'hub'), linked(hub, 'two'), linked(two, 'three')]);
  const socket = await open(near);
  socket.end('over two gateways');
  expect(String(await readAll(socket))).toBe('over two gateways');
  expect(await knock(far)).toBe('ECONNRESET');
  await until(() => two.log.lines.some((line) => line.includes('passed on once already')));
});

test('a stranger, a peer without ALPN and a peer that wants reports are refused; a stranger is logged once', async () => {
  await using gateway = await startGateway('eu');
  const stranger = await makeKey('stranger');
  const peer = await makeKey('us');
  await gateway.serve({ us: { fingerprint: peer.fingerprint, endpoints: {} } });
  const tryKey = async (key: typeof peer, protocols: string[]): Promise<string> => {
    const socket: Socket = connectTls({
      port: gateway.port,
      host: '127.0.0.1',
      key: key.keyPem,
      cert: key.certificatePem,
      rejectUnauthorized: false,
      ...(protocols.length === 0 ? {} : { ALPNProtocols: protocols }),
    });
    socket.on('error', () => undefined);
    let got = 0;
    socket.on('data', (chunk: Buffer) => (got += chunk.length));
    await fate(socket);
    return got === 0 ? 'refused' : 'served';
  };
  expect(await tryKey(stranger, [gatewayProtocols.forward])).toBe('refused');
  expect(await tryKey(stranger, [gatewayProtocols.reverse])).toBe('refused');
  expect(await tryKey(peer, [])).toBe('refused');
  expect(await tryKey(peer, ['h2'])).toBe('refused');
  expect(await tryKey(peer, [gatewayProtocols.report])).toBe('refused');
  expect(gateway.log.lines.filter((line) => line.includes(stranger.fingerprint))).toHaveLength(1);
});

test('a gateway with another key than the pinned one is not used', async () => {
  await using server = await startGateway('us');
  await using eu = await startGateway('eu');
  const other = await makeKey('other');
  await server.serve({ eu: peerOf(eu) });
  await eu.serve({ us: { fingerprint: other.fingerprint, endpoints: {}, ...dial(server) } });
  await until(() => eu.log.lines.some((line) => line.includes('a gateway cannot be dialed')));
  expect(eu.report()?.links).toEqual({ us: false });
});

// 0.75 s by design; the machine that runs tests may be busy.
test.each(['freeze', 'cut'] as const)(
  'a link after a %s is down in both reports soon, and comes back',
  async (how) => {
    await using eu = await startGateway('eu');
    await using us = await startGateway('us');
    await using line = await wire(us.port);
    await using spare = await wire(us.port);
    await us.serve({ eu: peerOf(eu) });
    await eu.serve({ us: peerOf(us, { dial: [`127.0.0.1:${line.port}`] }) });
    await Promise.all([linked(eu, 'us'), linked(us, 'eu')]);
    const downAtMs: Record<string, number> = {};
    const begun = performance.now();
    line[how]();
    const down = async (gateway: TestGateway, peer: string): Promise<void> => {
      await linked(gateway, peer, false);
      downAtMs[gateway.id] = performance.now() - begun;
    };
    await Promise.all([down(eu, 'us'), down(us, 'eu')]);
    for (const ms of Object.values(downAtMs)) expect(ms).toBeLessThan(2500);
    // A frozen wire stays so; the table names another way.
    await eu.serve({ us: peerOf(us, { dial: [`127.0.0.1:${spare.port}`] }) });
    await Promise.all([linked(eu, 'us'), linked(us, 'eu')]);
  },
);

test.each(['freeze', 'cut'] as const)('a %s of the link is a reset to clients, never an end', async (how) => {
  await using server = await serveTcp((socket) => void socket.resume().write('hello'));
  await using eu = await startGateway('eu');
  await using us = await startGateway('us');
  await using line = await wire(us.port);
  const at = await freePort();
  await us.serve({ eu: peerOf(eu, { endpoints: { [id('us')]: target(server) } }) });
  await eu.serve(
    { us: peerOf(us, { dial: [`127.0.0.1:${line.port}`] }) },
    { [at]: { peer: 'us', endpoint: id('us') } },
  );
  await linked(eu, 'us');
  const sockets = await Promise.all([open(at), open(at)]);
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  // The second has sent its end and waits for the rest of the answer.
  sockets[1].end();
  await new Promise((resolve) => setTimeout(resolve, 50));
  // Of the servers' sides only one that has not read an end notices.
  const reading = [...server.sockets].filter((socket) => !socket.readableEnded);
  const ends = Promise.all([...sockets, ...reading].map(fate));
  line[how]();
  expect(await ends).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
});

test('a removed peer is cut off, and its streams are reset', async () => {
  await using server = await serveTcp((socket) => void socket.write('hello'));
  await using both = await pair('eu', server.port);
  const socket = await open(both.at);
  await once(socket, 'data');
  const [far] = server.sockets;
  const ends = Promise.all([fate(socket), fate(far as Socket)]);
  await both.us.serve({});
  expect(await ends).toEqual(['ECONNRESET', 'ECONNRESET']);
  await linked(both.eu, 'us', false);
});

test('reports that stop coming are undefined to the agent, until they come again', async () => {
  await using gateway = await startGateway('eu');
  await using line = await wire(gateway.port);
  const ending = new AbortController();
  const reports: (string | undefined)[] = [];
  const following = followReports(
    {
      ...gateway.key,
      address: '127.0.0.1',
      port: line.port,
      log: gateway.log,
      random: Math.random,
      onReport: (report) => reports.push(report?.revision),
    },
    ending.signal,
  );
  await until(() => reports.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 1600));
  expect(reports).toEqual(['1']);
  line.cut();
  await until(() => reports.length === 3);
  const begun = performance.now();
  line.freeze();
  await until(() => reports.length === 4);
  expect(performance.now() - begun).toBeLessThan(4000);
  expect(reports).toEqual(['1', undefined, '1', undefined]);
  ending.abort();
  await following;
});

test('table changes end what was removed and nothing else', async () => {
  await using server = await echo();
  await using both = await pair('eu', server.port);
  const { eu, us, at, serveUs } = both;
  const say = async (socket: Socket, word: string): Promise<string> => {
    socket.write(word);
    return String((await once(socket, 'data'))[0]);
  };
  const socket = await open(at);
  expect(await say(socket, 'one')).toBe('one');

  // Another endpoint more, the port gone at the client's side: the stream goes on, new ones are refused.
  await serveUs({ [id('us')]: target(server), [id('us', 'more')]: target(server) });
  await eu.serve({ us: peerOf(us, dial(us)) });
  expect(await say(socket, 'two')).toBe('two');
  await expect(open(at)).rejects.toThrow('ECONNREFUSED');

  // The endpoint gone at its owner.
  const end = fate(socket);
  await serveUs({ [id('us', 'more')]: target(server) });
  expect(await end).toBe('ECONNRESET');

  // The peer gone.
  await us.serve({});
  await linked(eu, 'us', false);
});

test('a changed key is used for new connections, and old ones stay', async () => {
  await using server = await echo();
  await using both = await pair('eu', server.port);
  const { eu, us, at } = both;
  const socket = await open(at);
  const key = await makeKey('us');
  us.configure({
    ...key,
    table: {
      version: 1,
      revision: 'new key',
      clusterID: 'us',
      peers: { eu: peerOf(eu, { endpoints: { [id('us')]: target(server) } }) },
      ports: {},
    },
  });
  await until(() => us.log.lines.some((line) => line.includes('new key')));
  socket.write('still here');
  expect(String((await once(socket, 'data'))[0])).toBe('still here');
  const late = connectTls({
    port: us.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: [gatewayProtocols.forward],
    key: key.keyPem,
    cert: key.certificatePem,
  });
  await once(late, 'secureConnect');
  expect(late.getPeerX509Certificate()?.toString()).toBe(`${key.certificatePem.trimEnd()}\n`);
  late.destroy();
});

test('a configuration that cannot be used leaves the last one in place', async () => {
  await using gateway = await startGateway('eu');
  const { report, key } = gateway;
  await until(() => report() !== undefined);
  gateway.configure({
    ...key,
    keyPem: 'nonsense',
    table: { version: 1, revision: 'x', clusterID: 'eu', peers: {}, ports: {} },
  });
  await until(() => gateway.log.lines.some((line) => line.startsWith('error')));
  expect(report()?.revision).toBe('1');
});

test('a port that another process has is reported as failed, and bound when it is free', async () => {
  await using us = await startGateway('us');
  const blocker = await serveTcp(() => undefined);
  await us.serve({}, { [blocker.port]: { peer: 'eu', endpoint: id('eu') } });
  expect(us.report()?.failedPorts).toEqual([blocker.port]);
  await blocker[Symbol.asyncDispose]();
  await until(() => us.report()?.failedPorts.length === 0);
});

test('500 connections at once are all served', async () => {
  await using server = await echo();
  await using both = await pair('us', server.port);
  const answers = await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      const socket = await open(both.at);
      socket.end(`number ${index}`);
      return String(await readAll(socket));
    }),
  );
  expect(answers).toEqual(Array.from({ length: 500 }, (_, index) => `number ${index}`));
});

test('readiness comes with the first table', async () => {
  await using gateway = await startGateway('eu');
  await until(() => gateway.report() !== undefined);
  const status = async (path: string) =>
    (await fetch(`http://127.0.0.1:${gateway.healthPort}${path}`)).status;
  expect([await status('/readyz'), await status('/healthz'), await status('/')]).toEqual([200, 200, 404]);
});

test('streams get a while to end when the gateway does', async () => {
  await using server = await echo();
  await using both = await pair('eu', server.port);
  const socket = await open(both.at);
  socket.write('x');
  await once(socket, 'data');
  const stopped = both.us.stop();
  await linked(both.eu, 'us', false);
  socket.end('last');
  expect(String(await readAll(socket))).toBe('last');
  await stopped;
});
