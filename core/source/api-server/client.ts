import type { Dispatcher } from 'undici';
import { untilAborted } from '#core/source/until-aborted.ts';
import type { Access, Credentials } from './access.ts';
import { connectionError } from './connection-error.ts';
import { Connections } from './connections.ts';
import type { Intent } from './intent.ts';
import { responseError } from './response-error.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly path: string;
  readonly intent: Intent;
  readonly body?: { readonly type: string; readonly value: unknown };
  readonly signal: AbortSignal;
}

/** Longest body of an error that is read. */
const errorBytes = 64 * 1024;
/** Longest body that is read without being looked at, so that its connection can be used again: larger than an object. */
const passedOverBytes = 16 * 1024 * 1024;

/**
 * Requests to one API server. Whatever fails rejects with SourceError, except that an aborted signal rejects with its
 * reason. A refused token is read anew once (it may have been rotated) before the refusal is believed.
 */
export class ApiClient {
  readonly #credentials: Credentials;
  readonly #connections = new Connections();
  readonly #userAgent: string;

  constructor(credentials: Credentials, userAgent: string) {
    this.#credentials = credentials;
    this.#userAgent = userAgent;
  }

  /** Sends one request and reads all of its answer, within the time. */
  async json(request: ApiRequest, timeoutMs: number): Promise<unknown> {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    return this.#guarded(request, async (access) => {
      const response = await this.#answered(request, access, { signal, bodyTimeout: timeoutMs });
      return JSON.parse(await response.body.text());
    });
  }

  /** Sends one request whose answer nobody reads. */
  async send(request: ApiRequest, timeoutMs: number): Promise<void> {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
    await this.#guarded(request, async (access) => {
      const response = await this.#answered(request, access, { signal, bodyTimeout: timeoutMs });
      await response.body.dump({ limit: passedOverBytes });
    });
  }

  /**
   * Sends one request and hands out its answer as it comes. `silenceMs` is the longest time without a byte, headers
   * included; iterating then rejects with SourceError `timeout`.
   */
  async stream(request: ApiRequest, silenceMs: number): Promise<AsyncIterable<Buffer>> {
    const { signal } = request;
    return this.#guarded(request, async (access) => {
      const { body } = await this.#answered(request, access, { signal, bodyTimeout: silenceMs });
      return this.#chunks(request, access, body);
    });
  }

  /** Cuts every connection. */
  close(): Promise<void> {
    return this.#connections.destroy();
  }

  async *#chunks(request: ApiRequest, access: Access, body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    try {
      yield* body;
    } catch (error) {
      request.signal.throwIfAborted();
      throw connectionError(request.intent, access.server, error);
    }
  }

  async #guarded<R>(request: ApiRequest, work: (access: Access) => Promise<R>): Promise<R> {
    request.signal.throwIfAborted();
    let access: Access | undefined;
    try {
      access = await this.#credentials.access();
      return await work(access);
    } catch (error) {
      request.signal.throwIfAborted();
      throw connectionError(request.intent, access?.server ?? '', error);
    }
  }

  async #answered(
    request: ApiRequest,
    access: Access,
    limits: { readonly signal: AbortSignal; readonly bodyTimeout: number },
  ): Promise<Dispatcher.ResponseData> {
    let response = await this.#send(request, access, limits);
    if (response.statusCode === 401) {
      await response.body.dump();
      this.#credentials.forget();
      response = await this.#send(request, await this.#credentials.access(), limits);
    }
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    const { 'retry-after': retryAfter } = response.headers;
    throw responseError(request.intent, {
      status: response.statusCode,
      body: await beginning(response.body),
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    });
  }

  #send(
    { method, path, body }: ApiRequest,
    access: Access,
    { signal, bodyTimeout }: { readonly signal: AbortSignal; readonly bodyTimeout: number },
  ): Promise<Dispatcher.ResponseData> {
    const { origin, pathname } = new URL(access.server);
    const answer = this.#connections.dispatcher(access).request({
      origin,
      path: `${pathname === '/' ? '' : pathname}${path}`,
      method,
      signal,
      headersTimeout: bodyTimeout,
      bodyTimeout,
      headers: {
        accept: 'application/json',
        'user-agent': this.#userAgent,
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...access.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body.value) }),
    });
    // undici heeds the signal only once it has a connection, which a frozen API server delays by 10 s.
    return untilAborted(answer, signal);
  }
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > errorBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
