import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { ExchangeError } from './errors.ts';
import { networkError, type Server, serverText } from './tcp.ts';

/**
 * Sends one datagram from a port of its own and waits for one that is accepted; others are ignored. A connected socket
 * hears refusals.
 * @throws ExchangeError
 */
export function exchangeOverUdp<T>(
  server: Server,
  bytes: Uint8Array,
  accept: (reply: Buffer) => T | undefined,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<T> {
  const where = `${serverText(server)} over UDP`;
  return new Promise((resolve, reject) => {
    const aborted = () => settle(() => reject(new ExchangeError('aborted', `Asking ${where} was given up.`)));
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    const timer = setTimeout(() => {
      const message = `${where} did not reply within ${timeoutMs} ms.`;
      settle(() => reject(new ExchangeError('timeout', message)));
    }, timeoutMs);
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.removeAllListeners('message').close();
      outcome();
    };
    socket.once('error', (cause) => settle(() => reject(networkError(cause, where))));
    socket.on('message', (reply) => {
      const accepted = accept(reply);
      if (accepted !== undefined) settle(() => resolve(accepted));
    });
    socket.connect(server.port, server.address, () => socket.send(bytes));
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
  });
}
