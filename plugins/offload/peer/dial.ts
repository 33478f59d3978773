import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type HostPort, hostPortText } from '#plugins/offload/cluster/addresses.ts';

/** Longest time of one try, milliseconds. */
export const dialMs = 3000;

export interface Dialled {
  /** HOST:PORT. */
  readonly address: string;
  /** Why it cannot be reached; undefined when it can. */
  readonly failure: string | undefined;
}

const refused = 'connection refused';
/** Until a node serves the NodePort of a gateway that has just become ready, it refuses. */
const againMs = 250;

/**
 * Opens, and closes at once, a TCP connection to each address, all at the same time. One that refuses is tried again
 * for as long as a try may take. Never rejects.
 */
export function dialAll(addresses: readonly HostPort[], signal: AbortSignal): Promise<readonly Dialled[]> {
  return Promise.all(
    addresses.map(async (address) => ({
      address: hostPortText(address),
      failure: await patiently(address, signal),
    })),
  );
}

async function patiently(address: HostPort, signal: AbortSignal): Promise<string | undefined> {
  const deadline = performance.now() + dialMs;
  for (;;) {
    const failure = await failureOf(address, signal);
    if (failure !== refused || performance.now() >= deadline || signal.aborted) return failure;
    await pause(againMs, undefined, { signal }).catch(() => undefined);
  }
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
  if (code === 'ECONNREFUSED') return refused;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'the name is not known';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'no route to it';
  return code ?? message;
}
