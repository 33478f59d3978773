import { request } from 'node:http';
import { SourceError } from '#core/source/errors.ts';
import type { Credentials } from './access.ts';
import { portForward } from './port-forward.ts';

/** More than any answer that is asked for this way. */
const maximumBytes = 32 * 1024 * 1024;

/**
 * Sends one HTTP GET to a port on the loopback of a pod, by port-forward, and resolves to the body of its answer.
 * Rejects with SourceError when the pod cannot be reached, or answers anything but 200.
 */
export async function getFromPod(
  credentials: Credentials,
  pod: { readonly namespace: string; readonly name: string },
  port: number,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const stream = await portForward(credentials, pod, port, signal);
  const what = `http://localhost:${port}${path} of pod ${pod.namespace}/${pod.name}`;
  try {
    return await new Promise<string>((resolve, reject) => {
      const sent = request({
        createConnection: () => stream,
        path,
        headers: { host: 'localhost', connection: 'close' },
        signal,
      });
      const refuse = (why: string, cause?: unknown): void =>
        reject(new SourceError('unavailable', `cannot get ${what}: ${why}`, { cause }));
      sent.on('error', (error) => {
        if (error instanceof SourceError) reject(error);
        else refuse(error.message, error);
      });
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        let length = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          length += chunk.length;
          if (length > maximumBytes) refuse(`its answer is longer than ${maximumBytes} bytes`);
        });
        response.on('error', (error) => refuse(error.message, error));
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200) resolve(body);
          else refuse(`${response.statusCode} ${body.trim().slice(0, 200)}`);
        });
      });
      sent.end();
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    stream.destroy();
  }
}
