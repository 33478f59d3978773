import { getSystemErrorName } from 'node:util';

/** Error numbers of Linux that are told apart here (asm-generic/errno.h; alike on x86-64 and arm64). */
export const ERRNO = {
  EPERM: 1,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  EFAULT: 14,
  EINVAL: 22,
  ENOSYS: 38,
  ENOTSOCK: 88,
  EMSGSIZE: 90,
  EOPNOTSUPP: 95,
} as const;

/** A failed system call as node:net and node:dgram report it, so that callers need not know which way it was made. */
export function systemError(call: string, number: number): Error {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${call} ${code}`), { code, errno: -number, syscall: call });
}
