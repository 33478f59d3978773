import type { IoWish } from '#core/datagram/choose.ts';
import type { Sharing } from '#core/datagram/datagrams.ts';
import type { NetworkTree } from '#core/mmdb/network-tree.ts';
import type { Prefix } from '#core/wire/prefix.ts';
import type { ClientTallies } from './client-tallies.ts';
import type { Counters } from './counters.ts';
import type { ListenSocket, ServeProblem } from './errors.ts';
import type { ListenAddress } from './listeners.ts';
import type { QueryRing } from './query-ring.ts';
import type { RateLimits } from './rate-limit.ts';
import type { ServerIdentity } from './settings.ts';
import type { TcpLimits } from './tcp-connection.ts';

/** What the DNS thread is started with. */
export interface ThreadData {
  readonly seed: number;
  readonly counters: Counters;
  readonly tallies: ClientTallies;
  readonly told: {
    readonly cookieSecret: Uint8Array;
    readonly identity: ServerIdentity;
    readonly subnetTrust: readonly Prefix[];
  };
  readonly rateLimits: RateLimits;
  readonly tcpLimits: TcpLimits;
  readonly queryLog: { readonly ring: QueryRing; readonly oneIn: number } | undefined;
  readonly io: IoWish;
  /** Whether other threads answer on the same UDP ports; one that joins leaves TCP to the first. */
  readonly shares: Sharing;
}

/** From the main thread to the DNS thread. */
export type ToThread =
  /** Its buffer is transferred, not copied. */
  | { readonly kind: 'patch'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Shared, not copied. */
  | { readonly kind: 'places'; readonly tree: NetworkTree }
  | { readonly kind: 'listen'; readonly addresses: readonly ListenAddress[] }
  /** Close all sockets; the thread then ends. */
  | { readonly kind: 'close' };

/** From the DNS thread to the main thread. */
export type FromThread =
  /** How UDP is read and written; why not by node:ffi. */
  | { readonly kind: 'io'; readonly way: 'ffi' | 'dgram'; readonly reason: string | undefined }
  | { readonly kind: 'listening'; readonly sockets: readonly ListenSocket[] }
  /** The addresses of a `listen` have each been tried once. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'problem'; readonly problem: ServeProblem };
