import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Libc } from './libc.ts';

/** Waits for datagrams and for whatever else the event loop of this thread waits for, in one place. */
export interface Pump {
  /** From now on `onReadable` is called when `socket` has something to read. */
  add(socket: number, onReadable: () => void): void;
  remove(socket: number): void;
}

/**
 * Node has no way to hear of a descriptor of ours, so the thread waits the other way round: in `poll`, on the sockets
 * and on the descriptor on which libuv's event loop waits (`uv_backend_fd`, which is for embedding). When the loop
 * has something to do, a timer included, it gets its turn; then we wait again. So TCP, timers and messages of other
 * threads are served as ever, at the latest after the batches at hand, and the thread ends as ever.
 */
export function createPump(libc: Libc): Pump {
  const sockets = new Map<number, () => void>();
  const loop = libc.uv_backend_fd(libc.loop);
  let polled = new Int32Array(new ArrayBuffer(POLLFD_BYTES));
  let polledAt = 0n;
  let polledCount = 0n;
  let handlers: readonly (() => void)[] = [];
  let hasChanged = true;
  let waker: { readonly port1: MessagePort; readonly port2: MessagePort } | undefined;

  const layOut = () => {
    hasChanged = false;
    polled = new Int32Array(new ArrayBuffer(POLLFD_BYTES * (1 + sockets.size)));
    polledAt = libc.addressOf(polled.buffer);
    polledCount = BigInt(1 + sockets.size);
    handlers = [...sockets.values()];
    for (const [k, descriptor] of [loop, ...sockets.keys()].entries()) {
      polled[2 * k] = descriptor;
      polled[2 * k + 1] = POLLIN;
    }
  };

  const turn = () => {
    if (sockets.size === 0) {
      waker?.port1.close();
      waker = undefined;
      return;
    }
    try {
      serveUntilLoopIsDue();
    } finally {
      next();
    }
  };

  const serveUntilLoopIsDue = () => {
    // 0 when the loop must run before anybody may wait for its descriptor.
    const timeoutMs = libc.uv_backend_timeout(libc.loop);
    const deadline = timeoutMs > 0 ? performance.now() + timeoutMs : 0;
    for (let waitMs = timeoutMs; ; ) {
      if (hasChanged) layOut();
      const ready = libc.poll(polledAt, polledCount, waitMs);
      if (ready > 0) for (let k = 0; k < handlers.length; k += 1) if (eventsOf(1 + k) !== 0) handlers[k]?.();
      if (timeoutMs === 0 || ready === 0 || eventsOf(0) !== 0) break;
      if (timeoutMs < 0) continue;
      waitMs = Math.ceil(deadline - performance.now());
      if (waitMs <= 0) break;
    }
  };

  /** What poll says of a descriptor: the upper half of the word. */
  const eventsOf = (k: number) => (polled[2 * k + 1] ?? 0) >> 16;

  // The loop runs once without waiting, because a message is there, and then comes to us. An immediate that is not
  // unreferenced would do that as well, but then uv_backend_timeout is 0 for its sake.
  const next = () => {
    setImmediate(turn).unref();
    waker?.port1.postMessage(0);
  };

  return {
    add: (socket, onReadable) => {
      sockets.set(socket, onReadable);
      hasChanged = true;
      if (waker !== undefined) return;
      waker = new MessageChannel();
      waker.port2.on('message', () => {});
      next();
    },
    remove: (socket) => {
      sockets.delete(socket);
      hasChanged = true;
    },
  };
}

/** struct pollfd: descriptor, then asked and found events of 16 bits each. */
const POLLFD_BYTES = 8;
const POLLIN = 1;
