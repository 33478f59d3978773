import { connect } from 'node:net';
import { type HostPort, hostPortText } from '#plugins/offload/cluster/addresses.ts';

/** Longest time of one try, milliseconds. */
export const dialMs = 3000;

export interface Dialled {
  /** HOST:PORT. */
  readonly address: string;
  /** Why it cannot be reached; undefined when it can. */
  readonly failure: string | undefined;
}

/** Opens, and closes at once, a TCP connection to each address, all at the same time. Never rejects. */
export function dialAll(addresses: readonly HostPort[], signal: AbortSignal): Promise<readonly Dialled[]> {
  return Promise.all(
    addresses.map(async (address) => ({
      address: hostPortText(address),
      failure: await failureOf(address, signal),
    })),
  );
}

function failureOf({ host, port }: HostPort, signal: AbortSignal): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port });
  const stop = (): void => resolve('interrupted');
  signal.addEventListener('abort', stop, { once: true });
  socket.setTimeout(dialMs, () => resolve(`no answer within ${dialMs / 1000} s`));
  socket.once('connect', () => resolve(undefined));
  socket.once('error', (error: NodeJS.ErrnoException) => resolve(reason(error)));
  return promise.finally(() => {
    signal.removeEventListener('abort', stop);
    socket.on('error', () => undefined).destroy();
  });
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name is not known';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'no route to it';
  return code ?? message;
}
