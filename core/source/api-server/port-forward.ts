import { Duplex } from 'node:stream';
import { WebSocket } from 'undici';
import { pods } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Credentials } from './access.ts';
import { ApiClient } from './client.ts';
import { Connections } from './connections.ts';
import { objectPath, withQuery } from './paths.ts';
import { dataFrame, frameReader } from './port-forward-frames.ts';

/** What the kubelet calls it; there is no half-close in it. */
const subprotocol = 'v4.channel.k8s.io';
const diagnosisTimeoutMs = 5_000;

/**
 * A connection to one TCP port on the loopback of a pod, through the API server and the pod's kubelet, as `kubectl
 * port-forward` makes it. Rejects with SourceError when it is refused; what goes wrong later destroys the stream with
 * one. Ends when destroyed or when the signal aborts. Needs `get` on pods/portforward (and `create` from Kubernetes
 * 1.35 on).
 */
export async function portForward(
  credentials: Credentials,
  pod: { readonly namespace: string; readonly name: string },
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  signal.throwIfAborted();
  const { namespace, name } = pod;
  const path = withQuery(objectPath(pods, `${namespace}/${name}`, 'portforward'), { ports: port });
  const access = await credentials.access();
  const connections = new Connections();
  const socket = new WebSocket(`${access.server.replace(/^http/, 'ws')}${path}`, {
    protocols: subprotocol,
    dispatcher: connections.dispatcher(access),
    headers: { ...access.headers },
  });
  socket.binaryType = 'arraybuffer';
  const stream = streamOf(socket, `port ${port} of pod ${namespace}/${name}`);
  const end = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', end, { once: true });
  stream.once('close', () => {
    signal.removeEventListener('abort', end);
    void connections.destroy();
  });
  try {
    await opened(socket, signal);
    return stream;
  } catch (error) {
    stream.on('error', () => undefined).destroy();
    signal.throwIfAborted();
    throw await refusal(credentials, path, pod, error, signal);
  }
}

function streamOf(socket: WebSocket, what: string): Duplex {
  const read = frameReader();
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      socket.send(dataFrame(chunk));
      done();
    },
    destroy: (error, done) => {
      socket.close();
      done(error);
    },
  });
  socket.addEventListener('message', ({ data }) => {
    const frame = read(Buffer.from(data as ArrayBuffer));
    if (frame.kind === 'data') stream.push(frame.bytes);
    if (frame.kind === 'error')
      stream.destroy(new SourceError('unavailable', `cannot reach ${what}: ${frame.text}`));
  });
  socket.addEventListener('close', () => stream.push(null));
  return stream;
}

function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', ({ error, message }) => reject(error ?? new Error(message)));
    socket.addEventListener('close', () => reject(new Error('the connection was closed')));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/**
 * A WebSocket does not say why it was refused. The same request without the upgrade does: it is judged first, and a
 * request that passes is told that an upgrade is required, which is of no interest here.
 */
async function refusal(
  credentials: Credentials,
  path: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  cause: unknown,
  signal: AbortSignal,
): Promise<SourceError> {
  const client = new ApiClient(credentials, 'interspan/port-forward');
  const intent = { verb: 'get', resource: pods, subresource: 'portforward', namespace, name } as const;
  try {
    await client.json({ method: 'GET', path, intent, signal }, diagnosisTimeoutMs);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SourceError && error.code !== 'invalid') return error;
  } finally {
    await client.close();
  }
  return new SourceError(
    'unavailable',
    `cannot forward to pod ${namespace}/${name}: ${(cause as Error).message}`,
    {
      hint: `try kubectl port-forward -n ${namespace} ${name}`,
      cause,
    },
  );
}
