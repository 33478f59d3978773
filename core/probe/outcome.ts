/**
 * What one probe found. `status`: the server answered, and said that it cannot; `refused`: somebody answered for the
 * address, and nobody listens there; `silent`: nothing came back in time; `failed`: anything else that happened on the
 * way; `inconclusive`: this machine could not try, which says nothing about the address.
 */
export type Outcome =
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'status' | 'refused' | 'silent' | 'failed' | 'inconclusive';
      /** Without capital and full stop, for example `connection refused`. */
      readonly why: string;
    };

/** Errors of a machine that has run out of something: descriptors, ports, memory. */
const ownFaults = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'ENOMEM', 'EAGAIN']);

const words: Readonly<Record<string, string>> = {
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed',
  ETIMEDOUT: 'connection timed out',
};

/** What an error of a socket, of TLS or of an HTTP parser means for the address. */
export function outcomeOf(error: Error): Outcome {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return { kind: 'refused', why: 'connection refused' };
  if (code !== undefined && ownFaults.has(code)) return { kind: 'inconclusive', why: `cannot try: ${code}` };
  return { kind: 'failed', why: (code && words[code]) ?? code ?? error.message };
}
