import type { Http2Session } from 'node:http2';

/**
 * Sends a PING every `everyMs` until the session closes, and calls `onDead` once when nothing at all arrived during
 * `misses` intervals in a row: under load, a reply may stand behind data, and data is as good a sign of life. An
 * interval that this process itself overslept does not count.
 */
export function watchLiveness(
  session: Http2Session,
  socket: { readonly bytesRead: number },
  options: {
    readonly everyMs: number;
    readonly misses: number;
    readonly now: () => number;
    readonly onTick: () => void;
    readonly onDead: () => void;
  },
): void {
  const { everyMs, misses, now, onTick, onDead } = options;
  let bytesRead = socket.bytesRead;
  let missed = 0;
  let before = now();
  const timer = setInterval(() => {
    const overslept = now() - before > 2 * everyMs;
    before = now();
    missed = socket.bytesRead !== bytesRead || overslept ? 0 : missed + 1;
    bytesRead = socket.bytesRead;
    onTick();
    if (session.destroyed) return;
    if (missed >= misses) return onDead();
    // The reply only counts by its bytes; one that comes when the session is gone has nobody to tell.
    session.ping(() => undefined);
  }, everyMs);
  session.once('close', () => clearInterval(timer));
  if (!session.closed) session.ping(() => undefined);
}
