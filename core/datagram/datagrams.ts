/**
 * UDP for a server that answers datagrams with datagrams: the port that `dgramDatagrams` (node:dgram, everywhere) and
 * `ffiDatagrams` (recvmmsg and sendmmsg through node:ffi, Linux) implement.
 */
export interface Datagrams {
  /**
   * Binds a socket to one address, exclusively unless `shares` says otherwise, and has `responder` answer what comes.
   * Port 0 is any that is free. Rejects with the system's error (`code` as in errno.h). `onLost` is called when the
   * socket fails for good; it must still be closed.
   */
  open(
    at: Bind,
    responder: Responder,
    onLost: (error: unknown) => void,
  ): Promise<{ readonly port: number; close(): Promise<void> }>;
}

export interface Bind {
  readonly address: string;
  readonly port: number;
  /**
   * `no`: nobody else may have the port (default). `first`: the port must be free, and sockets of this user with
   * `joins` get a share of its datagrams, by sender (SO_REUSEPORT). Windows and macOS know only `no`.
   */
  readonly shares?: Sharing;
}

export type Sharing = 'no' | 'first' | 'joins';

/** Answers datagrams. Its functions are called for each of them and must not throw. */
export interface Responder {
  /** Where the sender of a datagram is put before `respond` is called; filled over and over. */
  readonly sender: Sender;
  /** Octets that a reply may have. */
  readonly replyBytes: number;
  /**
   * Answers the first `length` octets of `bytes`: returns the octets of the reply that now stands in `out`; 0 for
   * none. Keeps nothing of either buffer.
   */
  respond(bytes: Uint8Array, length: number, out: Uint8Array): number;
  /**
   * `messages` that were read at once have been answered, and the replies handed to the kernel, `seconds` after they
   * were read. An implementation that reads one at a time calls it for some of them only.
   */
  onBatch(messages: number, seconds: number): void;
  /** A read or a reply failed, and it goes on; `full`: too many replies wait to be sent, so one was dropped. */
  onTrouble(what: 'receive' | 'send' | 'full'): void;
}

export interface Sender {
  /** The first 4 or 16 octets, as the family of the socket says. */
  readonly address: Uint8Array;
  port: number;
  /** When the datagram was read, or the batch that it came with: milliseconds of `performance.now()`. */
  receivedMs: number;
}

/** Octets of a datagram that are looked at: what is longer is cut. No DNS query of good faith is. */
export const MOST_DATAGRAM_BYTES = 4096;

/** What we would like for either buffer; the kernel gives at most net.core.rmem_max and wmem_max. */
export const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
