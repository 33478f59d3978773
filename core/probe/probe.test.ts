import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, describe, expect, it } from 'vitest';
import { probe } from './probe.ts';
import type { ProbeSpec } from './target.ts';

/** One that nobody but itself signed. */
async function certificate(name: string): Promise<{ readonly key: string; readonly cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const signed = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    cert: signed.toString('pem'),
  };
}

const forever = new AbortController().signal;

describe('a probe', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  async function listen(server: Server, address = '127.0.0.1'): Promise<number> {
    servers.push(server);
    // Probes end with a reset.
    server.on('connection', (socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    return (server.address() as AddressInfo).port;
  }
  const tryIt = (spec: ProbeSpec, address = '127.0.0.1', timeoutMs = 5_000) =>
    probe({ address, spec }, timeoutMs, forever);
  const page = (port: number, path = '/', host = ''): ProbeSpec => ({ type: 'http', port, path, host });

  it.each(['127.0.0.1', '::1'])('by TCP passes where somebody listens on %s', async (address) => {
    const port = await listen(createServer(), address);
    expect(await tryIt({ type: 'tcp', port }, address)).toEqual({ kind: 'passed' });
  });

  it('leaves no connection in TIME_WAIT', async () => {
    const port = await listen(createServer());
    await tryIt({ type: 'tcp', port });
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')} 06`;
    expect(readFileSync('/proc/net/tcp', 'utf8')).not.toContain(suffix);
  });

  it.each(['tcp', 'http', 'https'] as const)('by %s is refused where nobody listens', async (type) => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await tryIt({ type, port, path: '/', host: '' })).toEqual({
      kind: 'refused',
      why: 'connection refused',
    });
  });

  it.each([
    [200, { kind: 'passed' }],
    [302, { kind: 'passed' }],
    [404, { kind: 'passed' }],
    [499, { kind: 'passed' }],
    [500, { kind: 'status', why: 'status 500' }],
    [503, { kind: 'status', why: 'status 503' }],
  ])('by HTTP takes status %i as %j', async (status, outcome) => {
    const port = await listen(http.createServer((_request, response) => response.writeHead(status).end('x')));
    expect(await tryIt(page(port))).toEqual(outcome);
  });

  it('by HTTP asks for the path and the host of its target, or for the address', async () => {
    const seen: unknown[] = [];
    const server = http.createServer(({ url, headers }, response) => {
      seen.push([url, headers.host]);
      response.end();
    });
    const port = await listen(server);
    await tryIt(page(port, '/ready?x=1', 'app.example.com'));
    await tryIt(page(port));
    expect(seen).toEqual([
      ['/ready?x=1', 'app.example.com'],
      ['/', '127.0.0.1'],
    ]);
  });

  it('does not wait for the end of a response', async () => {
    const port = await listen(http.createServer((_request, response) => void response.write('x')));
    expect(await tryIt(page(port))).toEqual({ kind: 'passed' });
  });

  it.each([
    ['what is no HTTP', 'SSH-2.0-x\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'],
  ])('by HTTP fails on %s', async (_what, text) => {
    const server = createServer((socket) => socket.end(text));
    expect(await tryIt(page(await listen(server)))).toMatchObject({ kind: 'failed' });
  });

  it('of a path or port that cannot be fails, and does not throw', async () => {
    expect(await tryIt(page(9, '/ä b'))).toMatchObject({ kind: 'failed' });
    expect(await tryIt({ type: 'tcp', port: 65_536 })).toMatchObject({ kind: 'failed' });
  });

  it('fails by name when the connection is reset before a response', async () => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket.resetAndDestroy())));
    expect(await tryIt(page(port))).toEqual({ kind: 'failed', why: 'connection reset' });
  });

  it('by HTTPS sends the name of the host, and takes a certificate that nobody signed', async () => {
    const names: unknown[] = [];
    const server = https.createServer(await certificate('other.example.com'), (request, response) => {
      names.push((request.socket as TLSSocket & { servername?: string | false }).servername);
      response.end();
    });
    const port = await listen(server);
    const spec = { type: 'https', port, path: '/' } as const;
    expect(await tryIt({ ...spec, host: 'app.example.com' })).toEqual({ kind: 'passed' });
    expect(await tryIt({ ...spec, host: '' })).toEqual({ kind: 'passed' });
    expect(names).toEqual(['app.example.com', false]);
    expect(await tryIt(page(port))).toMatchObject({ kind: 'failed' });
  });

  it('is silent when nothing comes back in time', async () => {
    const port = await listen(http.createServer());
    expect(await tryIt(page(port), '127.0.0.1', 400)).toEqual({
      kind: 'silent',
      why: 'no answer in 400 ms',
    });
  });

  it('passes when the process was held up beyond its time while the answer waited', async () => {
    const port = await listen(createServer());
    const outcome = tryIt({ type: 'tcp', port }, '127.0.0.1', 20);
    const begin = performance.now();
    while (performance.now() - begin < 60);
    expect(await outcome).toEqual({ kind: 'passed' });
  });

  it('says nothing about an address when the process was held up', async () => {
    const port = await listen(http.createServer());
    const outcome = tryIt(page(port), '127.0.0.1', 20);
    const begin = performance.now();
    while (performance.now() - begin < 60);
    expect(await outcome).toMatchObject({ kind: 'inconclusive', why: expect.stringContaining('held up') });
  });

  it('begins no second connection once the first stands', async () => {
    let connections = 0;
    const server = http.createServer((_request, response) => setTimeout(() => response.end(), 350));
    server.on('connection', () => {
      connections += 1;
    });
    expect(await tryIt(page(await listen(server)))).toEqual({ kind: 'passed' });
    expect(connections).toBe(1);
  });

  it('ends with its signal', async () => {
    const ending = new AbortController();
    const port = await listen(http.createServer());
    const outcome = probe({ address: '127.0.0.1', spec: page(port) }, 60_000, ending.signal);
    ending.abort();
    expect(await outcome).toEqual({ kind: 'inconclusive', why: 'cancelled' });
  });
});
