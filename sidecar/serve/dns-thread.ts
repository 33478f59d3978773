import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { startWorker } from '#core/runtime/worker.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** The DNS thread, kept alive. */
export interface DnsThread {
  /** Lost while the thread is away: it is greeted anew when it is back. */
  tell(message: ToThread): void;
  /** Has it close its sockets and waits for its end. */
  close(): Promise<void>;
}

/**
 * Starts the DNS thread, tells it what `greeting` gives, and does both again `restartMs` after it ended by itself,
 * which only a fault of ours can cause; `onEnded` hears of it first.
 */
export function keepDnsThread(options: {
  readonly data: ThreadData;
  readonly restartMs: number;
  readonly greeting: () => readonly ToThread[];
  readonly onMessage: (message: FromThread) => void;
  readonly onEnded: (cause: unknown) => void;
}): DnsThread {
  const { data, restartMs, greeting, onMessage, onEnded } = options;
  const closing = new AbortController();
  let thread: Worker | undefined;

  const tell = (message: ToThread) =>
    thread?.postMessage(message, message.kind === 'patch' ? [message.bytes.buffer] : []);

  const start = () => {
    let cause: unknown;
    thread = startWorker('dns', { workerData: data, name: 'dns' });
    thread.on('message', onMessage);
    thread.on('error', (error) => {
      cause = error;
    });
    thread.on('exit', () => {
      thread = undefined;
      if (closing.signal.aborted) return;
      onEnded(cause);
      void delay(restartMs, undefined, { signal: closing.signal }).then(start, () => undefined);
    });
    for (const message of greeting()) tell(message);
  };

  start();
  return {
    tell,
    close: async () => {
      closing.abort();
      if (thread === undefined) return;
      const ending = thread;
      const exited = once(ending, 'exit', { signal: AbortSignal.timeout(END_MS) });
      tell({ kind: 'close' });
      // A thread that hangs is ended from outside.
      await exited.catch(() => ending.terminate());
    },
  };
}

/** How long its end may take after it was asked for. */
const END_MS = 2000;
