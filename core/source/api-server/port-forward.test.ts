import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import type { Credentials } from './access.ts';
import { getFromPod } from './get-from-pod.ts';

const pod = { namespace: 'gslb-system', name: 'gslb-sidecar-x' };
const path = '/api/v1/namespaces/gslb-system/pods/gslb-sidecar-x/portforward?ports=8053';
const sockets = new Set<Duplex>();
let server: Server | undefined;
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server?.close(resolve));
});

/** Stands for API server and kubelet, which need a node: `pod` gets the request's text and says what comes back. */
async function standIn(
  pod: (request: string, send: (channel: number, bytes: string) => void) => void,
): Promise<Credentials> {
  server = createServer((_request, response) => response.writeHead(400).end('upgrade required'));
  server.on('upgrade', ({ url, headers }, socket: Duplex) => {
    sockets.add(socket);
    expect([url, headers['sec-websocket-protocol'], headers.authorization]).toEqual([
      path,
      'v4.channel.k8s.io',
      'Bearer abc',
    ]);
    const accept = createHash('sha1')
      .update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`,
    );
    const send = (channel: number, bytes: string): void => {
      const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(bytes, 'latin1')]);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(payload.length);
      socket.write(Buffer.concat([Buffer.from([0x82, 126]), length, payload]));
    };
    send(0, '\x75\x1f');
    send(1, '\x75\x1f');
    socket.on('data', (frame: Buffer) => {
      const opcode = (frame[0] ?? 0) & 0x0f;
      if (opcode === 2) pod(unmasked(frame), send);
      else socket.end();
    });
  });
  await listening(server);
  return credentials(server);
}

/** One frame of a client, shorter than 64 KiB (RFC 6455, 5.2), without the channel before its data. */
function unmasked(frame: Buffer): string {
  const start = ((frame[1] ?? 0) & 0x7f) === 126 ? 4 : 2;
  const mask = frame.subarray(start, start + 4);
  const payload = frame.subarray(start + 4).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.from(payload.subarray(1)).toString('latin1');
}

function listening(started: Server): Promise<void> {
  return new Promise((resolve) => started.listen(0, '127.0.0.1', () => resolve()));
}

function credentials(started: Server): Credentials {
  const { port } = started.address() as AddressInfo;
  const access = { server: `http://127.0.0.1:${port}`, headers: { authorization: 'Bearer abc' }, tls: {} };
  return { access: async () => access, forget: () => undefined };
}

const get = (using: Credentials, signal = new AbortController().signal): Promise<string> =>
  getFromPod(using, pod, 8053, '/hosts', signal);

test('a request goes to the pod and its answer comes back, in pieces', async () => {
  const using = await standIn((request, send) => {
    expect(request).toMatch(/^GET \/hosts HTTP\/1\.1\r\nhost: localhost\r\n/i);
    send(0, 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\na');
    send(0, 'bcd');
  });
  expect(await get(using)).toBe('abcd');
});

test('an answer other than 200 is an error that says what the pod said', async () => {
  const using = await standIn((_, send) =>
    send(0, 'HTTP/1.1 500 Oops\r\ncontent-length: 11\r\n\r\nno view yet'),
  );
  await expect(get(using)).rejects.toThrow(
    'cannot get http://localhost:8053/hosts of pod gslb-system/gslb-sidecar-x: 500 no view yet',
  );
});

test('what the kubelet says on the error channel is the error', async () => {
  const using = await standIn((_, send) => send(1, 'dial tcp4 127.0.0.1:8053: connection refused\n'));
  await expect(get(using)).rejects.toMatchObject({
    code: 'unavailable',
    message:
      'cannot reach port 8053 of pod gslb-system/gslb-sidecar-x: dial tcp4 127.0.0.1:8053: connection refused',
  });
});

test('a refusal tells what the API server says, with the command that shows the right that is missing', async () => {
  server = createServer((_request, response) =>
    response
      .writeHead(403)
      .end(JSON.stringify({ kind: 'Status', message: 'User "jane" cannot', reason: 'Forbidden' })),
  );
  await listening(server);
  await expect(get(credentials(server))).rejects.toMatchObject({
    code: 'forbidden',
    message: 'cannot get pods/portforward gslb-system/gslb-sidecar-x: User "jane" cannot (403)',
    hint: 'kubectl auth can-i get pods --subresource=portforward --namespace=gslb-system --as=jane',
  });
});

test('a connection that ends before the answer does is an error', async () => {
  const using = await standIn((_, send) => {
    send(0, 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\na');
    for (const socket of sockets) socket.end();
  });
  await expect(get(using)).rejects.toMatchObject({ code: 'unavailable' });
});

test('an aborted signal ends it with its reason, and the connection with it', async () => {
  const stop = new AbortController();
  const using = await standIn(() => stop.abort(new Error('enough')));
  await expect(get(using, stop.signal)).rejects.toThrow('enough');
  const [socket] = sockets;
  if (socket?.destroyed === false) await new Promise((resolve) => socket.once('close', resolve));
  expect(socket?.destroyed).toBe(true);
});
