import { MOST_DATAGRAM_BYTES, type Responder } from './datagrams.ts';
import { ERRNO } from './errno.ts';
import type { Libc } from './libc.ts';
import { AF_INET, IN_ADDRESS_AT, IN6_ADDRESS_AT } from './socket-address.ts';

/** Memory for a batch of datagrams, and what is done with it. One is enough for all sockets of a thread. */
export interface Batch {
  /**
   * Reads what has come to a socket, up to some batches, has it answered and sends the replies. Never waits for
   * datagrams, and at most some milliseconds for room to send. Returns 0, or the error number that the socket failed
   * with for good.
   */
  serve(socket: number, responder: Responder): number;
}

/** `replyBytes`: octets that a reply may have. */
export function createBatch(libc: Libc, replyBytes: number): Batch {
  // Odd numbers of cache lines, lest the buffers compete for the same sets of the cache.
  const inStride = MOST_DATAGRAM_BYTES + 64;
  const outStride = (Math.ceil(replyBytes / 64) | 1) * 64;
  const namesAt = 2 * SLOTS * (HEADER_BYTES + IOV_BYTES);
  const inAt = namesAt + SLOTS * NAME_BYTES;
  const outAt = inAt + SLOTS * inStride;
  const memory = new ArrayBuffer(outAt + SLOTS * outStride);
  const base = libc.addressOf(memory);
  const words = new Int32Array(memory, 0, inAt / 4);
  const names = new Uint8Array(memory, namesAt, SLOTS * NAME_BYTES);
  const bytesOf = Array.from({ length: SLOTS }, (_, k) =>
    Buffer.from(memory, inAt + k * inStride, MOST_DATAGRAM_BYTES),
  );
  const outOf = Array.from({ length: SLOTS }, (_, k) =>
    Buffer.from(memory, outAt + k * outStride, replyBytes),
  );
  // Message k is read with header k and answered with header SLOTS + j, j at most k; both name the sender in name k.
  const headerAt = (k: number) => k * HEADER_BYTES;
  const iovAt = (k: number) => 2 * SLOTS * HEADER_BYTES + k * IOV_BYTES;
  layOut();
  const readFrom = base;
  const sendFrom = Array.from({ length: SLOTS }, (_, k) => base + BigInt(headerAt(SLOTS + k)));
  const writable = new Int32Array(new ArrayBuffer(8));
  const writableAt = libc.addressOf(writable.buffer);

  function layOut(): void {
    const view = new DataView(memory);
    for (let k = 0; k < 2 * SLOTS; k += 1) {
      const slot = k % SLOTS;
      const data = k < SLOTS ? inAt + slot * inStride : outAt + slot * outStride;
      view.setBigUint64(headerAt(k) + MSG_NAME, base + BigInt(namesAt + slot * NAME_BYTES), true);
      view.setBigUint64(headerAt(k) + MSG_IOV, base + BigInt(iovAt(k)), true);
      view.setBigUint64(headerAt(k) + MSG_IOVLEN, 1n, true);
      view.setBigUint64(iovAt(k), base + BigInt(data), true);
      view.setBigUint64(iovAt(k) + IOV_LEN, BigInt(MOST_DATAGRAM_BYTES), true);
    }
  }

  /** Answers the messages read; returns the number of replies that stand ready. */
  const answer = (messages: number, responder: Responder): number => {
    const { sender } = responder;
    const { address } = sender;
    let replies = 0;
    for (let k = 0; k < messages; k += 1) {
      const name = k * NAME_BYTES;
      const isV4 = names[name] === AF_INET;
      const from = name + (isV4 ? IN_ADDRESS_AT : IN6_ADDRESS_AT);
      const octets = isV4 ? 4 : 16;
      for (let at = 0; at < octets; at += 1) address[at] = names[from + at] ?? 0;
      sender.port = ((names[name + 2] ?? 0) << 8) | (names[name + 3] ?? 0);
      const length = words[(headerAt(k) + MSG_LEN) >> 2] ?? 0;
      const bytes = bytesOf[k];
      const out = outOf[replies];
      if (bytes === undefined || out === undefined) continue;
      const size = responder.respond(bytes, length, out);
      if (size === 0) continue;
      if (replies !== k) names.copyWithin(replies * NAME_BYTES, name, name + NAME_BYTES);
      const header = headerAt(SLOTS + replies);
      words[(header + MSG_NAMELEN) >> 2] = words[(headerAt(k) + MSG_NAMELEN) >> 2] ?? 0;
      words[(iovAt(SLOTS + replies) + IOV_LEN) >> 2] = size;
      replies += 1;
    }
    return replies;
  };

  /** Sends the replies; what the system refuses is left out. Returns an error number only if it refuses all for good. */
  const send = (socket: number, replies: number, responder: Responder): number => {
    let sent = 0;
    let mayWait = true;
    while (sent < replies) {
      const now = libc.sendmmsg(socket, sendFrom[sent] ?? 0n, replies - sent, MSG_DONTWAIT);
      if (now > 0) {
        sent += now;
        continue;
      }
      const error = libc.errno();
      if (error === ERRNO.EINTR) continue;
      if (error === ERRNO.EAGAIN && mayWait) {
        mayWait = false;
        writable[0] = socket;
        writable[1] = POLLOUT;
        libc.poll(writableAt, 1n, SEND_WAIT_MS);
        continue;
      }
      if (isForGood(error)) return error;
      // This one is not sent (no route, forbidden by a filter, too long, no room); the others may well be.
      responder.onTrouble(error === ERRNO.EAGAIN ? 'full' : 'send');
      sent += 1;
    }
    return 0;
  };

  return {
    serve: (socket, responder) => {
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        for (let k = 0; k < SLOTS; k += 1) words[(headerAt(k) + MSG_NAMELEN) >> 2] = NAME_BYTES;
        const messages = libc.recvmmsg(socket, readFrom, SLOTS, MSG_DONTWAIT, 0n);
        if (messages <= 0) {
          const error = messages === 0 ? ERRNO.EAGAIN : libc.errno();
          if (error === ERRNO.EAGAIN || error === ERRNO.EINTR) return 0;
          if (isForGood(error)) return error;
          // What was reported about a reply of before (ICMP), or memory that is short: it is told once, then gone.
          responder.onTrouble('receive');
          continue;
        }
        const begin = performance.now();
        responder.sender.receivedMs = begin;
        const failed = send(socket, answer(messages, responder), responder);
        if (failed !== 0) return failed;
        responder.onBatch(messages, (performance.now() - begin) / 1000);
        if (messages < SLOTS) return 0;
      }
      return 0;
    },
  };
}

/** Messages that are read at once. More make queries wait longer for each other and gain little. */
const SLOTS = 32;

/** Batches of one socket before others have their turn. */
const MOST_ROUNDS = 4;

/** How long replies may wait for room in the send buffer; those that find none are dropped. */
const SEND_WAIT_MS = 5;

const MSG_DONTWAIT = 0x40;
const POLLOUT = 4;

// struct mmsghdr of 64-bit Linux, and struct iovec.
const HEADER_BYTES = 64;
const MSG_NAME = 0;
const MSG_NAMELEN = 8;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_LEN = 56;
const IOV_BYTES = 16;
const IOV_LEN = 8;
/** Room for either socket address (28 octets). */
const NAME_BYTES = 32;

/** Errors that the call itself meets, which no other datagram will mend. */
function isForGood(error: number): boolean {
  switch (error) {
    case ERRNO.EBADF:
    case ERRNO.EFAULT:
    case ERRNO.ENOSYS:
    case ERRNO.ENOTSOCK:
    case ERRNO.EOPNOTSUPP:
      return true;
    default:
      return false;
  }
}
