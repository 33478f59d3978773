import type { DynamicLibraryResult } from 'node:ffi';

/** What is called of libc and libuv, which are both in this process; `errno` is that of the last failed call. */
export interface Libc extends Functions {
  errno(): number;
  /** Where memory stands; it must be kept referenced for as long as the address is used. */
  addressOf(memory: ArrayBuffer): bigint;
  /** The `uv_loop_t` of this thread. */
  readonly loop: bigint;
}

/**
 * Opens libc through node:ffi, for this thread only. Returns why not where that cannot be: the layout of structures
 * is known for Linux on x86-64 and arm64 (little-endian).
 */
export function openLibc(): Libc | { readonly reason: string } {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64'))
    return { reason: `no batches are known for ${platform} on ${arch}` };
  try {
    const ffi = quietly(() => process.getBuiltinModule('node:ffi'));
    if (ffi === undefined) return { reason: 'this Node.js has no node:ffi' };
    const { functions } = ffi.dlopen(null, definitions);
    const errnoAt = functions.__errno_location();
    return {
      ...functions,
      errno: () => ffi.getInt32(errnoAt),
      addressOf: ffi.getRawPointer,
      loop: ffi.getCurrentEventLoop(),
    };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

// Addresses are passed as uint64: with `pointer` the process aborted once V8 had optimised the call (Node 26.10).
const definitions = {
  socket: { return: 'int32', arguments: ['int32', 'int32', 'int32'] },
  bind: { return: 'int32', arguments: ['int32', 'uint64', 'uint32'] },
  getsockname: { return: 'int32', arguments: ['int32', 'uint64', 'uint64'] },
  setsockopt: { return: 'int32', arguments: ['int32', 'int32', 'int32', 'uint64', 'uint32'] },
  recvmmsg: { return: 'int32', arguments: ['int32', 'uint64', 'uint32', 'int32', 'uint64'] },
  sendmmsg: { return: 'int32', arguments: ['int32', 'uint64', 'uint32', 'int32'] },
  poll: { return: 'int32', arguments: ['uint64', 'uint64', 'int32'] },
  close: { return: 'int32', arguments: ['int32'] },
  __errno_location: { return: 'uint64', arguments: [] },
  uv_backend_fd: { return: 'int32', arguments: ['uint64'] },
  uv_backend_timeout: { return: 'int32', arguments: ['uint64'] },
} as const;

type Wrapped = DynamicLibraryResult<typeof definitions>['functions'];

/** The same as plain functions. */
type Functions = {
  readonly [Name in keyof Wrapped]: (...words: Parameters<Wrapped[Name]>) => ReturnType<Wrapped[Name]>;
};

/** Loads node:ffi without its warning that it is experimental: users can do nothing about it. */
function quietly<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    const isAboutFfi = rest[0] === 'ExperimentalWarning' && String(warning).includes('FFI');
    if (!isAboutFfi) Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
