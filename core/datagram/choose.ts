import type { Datagrams } from './datagrams.ts';
import { dgramDatagrams } from './dgram-datagrams.ts';
import { ffiDatagrams } from './ffi-datagrams.ts';
import { type Libc, openLibc } from './libc.ts';
import { selfTest } from './self-test.ts';

export type IoWish = 'auto' | 'ffi' | 'dgram';

/** How datagrams are read and written in this thread. */
export interface ChosenIo {
  readonly way: 'ffi' | 'dgram';
  readonly datagrams: Datagrams;
  /** Why not by node:ffi, where that was looked for. */
  readonly reason?: string;
}

/** node:ffi if it is there and passes its test, unless `wish` is `dgram`. Takes some milliseconds. */
export async function chooseDatagrams(
  wish: IoWish,
  open: () => Libc | { readonly reason: string } = openLibc,
): Promise<ChosenIo> {
  if (wish === 'dgram') return { way: 'dgram', datagrams: dgramDatagrams };
  const libc = open();
  const datagrams = 'reason' in libc ? undefined : ffiDatagrams(libc);
  const reason = 'reason' in libc ? libc.reason : await selfTest(ffiDatagrams(libc));
  return datagrams !== undefined && reason === undefined
    ? { way: 'ffi', datagrams }
    : { way: 'dgram', datagrams: dgramDatagrams, ...(reason !== undefined && { reason }) };
}
