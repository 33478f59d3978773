import { connect, isIPv6 } from 'node:net';
import { ExchangeError } from './errors.ts';

/** Where a DNS server listens. */
export interface Server {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  readonly port: number;
}

/**
 * Sends one DNS message over a TCP connection of its own and resolves with the first message that comes back
 * (RFC 7766: two octets of length before each). Whether it is a reply to this one is the caller's to check.
 * @throws ExchangeError
 */
export function exchangeOverTcp(
  server: Server,
  message: Uint8Array,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const where = `${serverText(server)} over TCP`;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new ExchangeError('aborted', `The exchange with ${where} was given up.`));
      return;
    }
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    const chunks: Buffer[] = [];
    let received = 0;
    let expected: number | undefined;

    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      outcome();
    };
    const fail = (error: ExchangeError) => settle(() => reject(error));
    const onAbort = () => fail(new ExchangeError('aborted', `The exchange with ${where} was given up.`));
    const timer = setTimeout(
      () => fail(new ExchangeError('timeout', `${where} did not reply within ${timeoutMs} ms.`)),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });

    socket.on('error', (cause) => fail(networkError(cause, where)));
    socket.on('close', () => fail(new ExchangeError('closed', `${where} hung up without a reply.`)));
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received < 2) return;
      expected ??= 2 + Buffer.concat(chunks, received).readUInt16BE(0);
      const end = expected;
      if (received >= end) settle(() => resolve(Buffer.concat(chunks, received).subarray(2, end)));
    });
    socket.on('connect', () => socket.write(withLength(message)));
  });
}

/** `192.0.2.53:53` or `[2001:db8::53]:53`. */
export function serverText({ address, port }: Server): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Names an error of a socket. `where` is address and transport, as they go into the message. */
export function networkError(cause: Error, where: string): ExchangeError {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ECONNREFUSED'
    ? new ExchangeError('refused', `Nothing listens at ${where}.`, { cause })
    : code === 'ECONNRESET' || code === 'EPIPE'
      ? new ExchangeError('closed', `${where} hung up without a reply.`, { cause })
      : new ExchangeError('unreachable', `${where} cannot be reached: ${cause.message}.`, { cause });
}

function withLength(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(2 + message.length);
  framed.writeUInt16BE(message.length, 0);
  framed.set(message, 2);
  return framed;
}
