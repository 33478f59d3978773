import type { Libc } from './libc.ts';

/** Sets how much the kernel keeps for a socket, and for those that it accepts from then on; a wish, errors are ignored. */
export type SetKernelBuffers = (socket: number, sendBytes: number, receiveBytes: number) => void;

/**
 * Fixes the sizes of a TCP socket's buffers, which the kernel would let grow to megabytes for each connection
 * (`net.ipv4.tcp_wmem`). The kernel doubles what it is told, for its own book-keeping (socket(7)).
 */
export function kernelBuffers(libc: Libc): SetKernelBuffers {
  const option = new Int32Array(new ArrayBuffer(4));
  const optionAt = libc.addressOf(option.buffer);
  return (socket, sendBytes, receiveBytes) => {
    option[0] = sendBytes;
    libc.setsockopt(socket, SOL_SOCKET, SO_SNDBUF, optionAt, 4);
    option[0] = receiveBytes;
    libc.setsockopt(socket, SOL_SOCKET, SO_RCVBUF, optionAt, 4);
  };
}

// asm-generic/socket.h: alike on x86-64 and arm64.
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
