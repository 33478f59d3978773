import { type Batch, createBatch } from './batch.ts';
import { type Bind, type Datagrams, SOCKET_BUFFER_BYTES } from './datagrams.ts';
import { systemError } from './errno.ts';
import type { Libc } from './libc.ts';
import { createPump } from './pump.ts';
import { AF_INET6, SOCKADDR_IN6_BYTES, socketAddress } from './socket-address.ts';

/** UDP in batches by recvmmsg and sendmmsg, in the event loop of this thread. */
export function ffiDatagrams(libc: Libc): Datagrams {
  const pump = createPump(libc);
  const sockets = new Set<number>();
  // One for all sockets whose replies have the same maximum.
  const batches = new Map<number, Batch>();

  // Node knows nothing of these sockets: should this thread end by a fault, the process would keep the ports.
  const closeAll = () => {
    for (const socket of sockets) libc.close(socket);
  };

  return {
    open: async (at, responder, onLost) => {
      const { replyBytes } = responder;
      const batch = batches.get(replyBytes) ?? createBatch(libc, replyBytes);
      batches.set(replyBytes, batch);
      const { socket, port } = openSocket(libc, at);
      if (sockets.size === 0) process.on('exit', closeAll);
      sockets.add(socket);
      pump.add(socket, () => {
        const error = batch.serve(socket, responder);
        if (error === 0) return;
        pump.remove(socket);
        onLost(systemError('recvmmsg or sendmmsg', error));
      });
      return {
        port,
        close: async () => {
          if (!sockets.delete(socket)) return;
          pump.remove(socket);
          libc.close(socket);
          if (sockets.size === 0) process.off('exit', closeAll);
        },
      };
    },
  };
}

/** @throws the system's error. */
function openSocket(libc: Libc, { address, port, shares = 'no' }: Bind): { socket: number; port: number } {
  const name = socketAddress(address, port);
  const isV6 = name[0] === AF_INET6;
  const check = (call: string, result: number) => {
    if (result < 0) throw systemError(call, libc.errno());
    return result;
  };
  const socket = check('socket', libc.socket(name[0] ?? 0, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const option = new Int32Array(new ArrayBuffer(4));
  const optionAt = libc.addressOf(option.buffer);
  const set = (level: number, what: number, value: number) => {
    option[0] = value;
    return libc.setsockopt(socket, level, what, optionAt, 4);
  };
  try {
    // Sizes are wishes, and so is it that a forged ICMP message cannot make us send fragments (BIND does the same).
    set(SOL_SOCKET, SO_RCVBUF, SOCKET_BUFFER_BYTES);
    set(SOL_SOCKET, SO_SNDBUF, SOCKET_BUFFER_BYTES);
    if (isV6) set(IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_OMIT);
    else set(IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_OMIT);
    if (isV6) check('setsockopt', set(IPPROTO_IPV6, IPV6_V6ONLY, 1));
    if (shares === 'joins') check('setsockopt', set(SOL_SOCKET, SO_REUSEPORT, 1));
    check('bind', libc.bind(socket, libc.addressOf(name.buffer), name.length));
    // Only now: a socket that has it from the start would join whoever has the port.
    if (shares === 'first') check('setsockopt', set(SOL_SOCKET, SO_REUSEPORT, 1));
    return { socket, port: boundPort(libc, socket, check) };
  } catch (error) {
    libc.close(socket);
    throw error;
  }
}

function boundPort(libc: Libc, socket: number, check: (call: string, result: number) => number): number {
  const length = new Int32Array(new ArrayBuffer(4));
  length[0] = SOCKADDR_IN6_BYTES;
  const bytes = new Uint8Array(new ArrayBuffer(SOCKADDR_IN6_BYTES));
  check('getsockname', libc.getsockname(socket, libc.addressOf(bytes.buffer), libc.addressOf(length.buffer)));
  return ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

// asm-generic/socket.h, linux/in.h, linux/in6.h: alike on x86-64 and arm64.
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_REUSEPORT = 15;
const IPPROTO_IP = 0;
const IP_MTU_DISCOVER = 10;
const IPPROTO_IPV6 = 41;
const IPV6_MTU_DISCOVER = 23;
const IPV6_V6ONLY = 26;
const PMTUDISC_OMIT = 5;
