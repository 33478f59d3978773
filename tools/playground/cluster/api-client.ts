import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';
import type { KeyPairFiles } from './pki.ts';

/** How to reach an API server as one user. */
export interface ApiAccess {
  /** `https://ADDRESS:PORT`. */
  readonly server: string;
  readonly authority: string;
  readonly user: KeyPairFiles;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** One connection's worth of an API server for the playground's own few requests: no watching, no retries. */
export class ApiClient implements Disposable {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#server = access.server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: readFileSync(access.authority),
      cert: readFileSync(access.user.certificate),
      key: readFileSync(access.user.key),
    });
  }

  /** Any status is an answer; rejects when there is none within 5 s. */
  send(method: string, path: string, body?: { type: string; value: unknown }): Promise<ApiResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
    const call = request(
      `${this.#server}${path}`,
      {
        method,
        agent: this.#agent,
        signal: AbortSignal.timeout(5000),
        headers: body === undefined ? {} : { 'content-type': body.type },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body.value));
    return promise;
  }

  /** The JSON at a path; NOT_READY with the status when it is not 200. */
  async read<T>(path: string): Promise<T> {
    const { status, body } = await this.send('GET', path);
    if (status !== 200)
      throw new PlaygroundError('NOT_READY', `GET ${path}: ${status} ${body.slice(0, 200)}`);
    return JSON.parse(body) as T;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

export interface ReadyOptions {
  readonly timeoutMs: number;
  /** A sentence when waiting on has become pointless (the process died). */
  readonly failure: () => string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Waits until the API server says that it is ready; rejects with PROCESS_DIED or NOT_READY. */
export async function apiServerReady(
  client: ApiClient,
  server: string,
  options: ReadyOptions,
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const answer = await client
      .send('GET', '/readyz')
      .catch((cause: Error) => ({ status: 0, body: cause.message }));
    if (answer.status === 200) return;
    const failure = options.failure();
    if (failure !== undefined) throw new PlaygroundError('PROCESS_DIED', failure);
    if (performance.now() > deadline) {
      throw new PlaygroundError('NOT_READY', `the API server at ${server} is not ready: ${answer.body}`);
    }
    await sleep(100, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
