import { randomBytes } from 'node:crypto';
import type { Prefix } from '#core/wire/prefix.ts';
import { type ClientTallies, createClientTallies } from './client-tallies.ts';
import { dailyKeys } from './cookie-keys.ts';
import { ServerCookies } from './cookies.ts';

/** What the server says of itself when it is asked. */
export interface ServerIdentity {
  /** Answers NSID (RFC 5001) and `id.server` or `hostname.bind` in class CH (RFC 4892); at most 63 octets count. */
  readonly id?: string | undefined;
  /** Answers `version.bind` and `version.server` in class CH; at most 255 octets count. */
  readonly version?: string | undefined;
}

/** What answers depend on besides the zones. */
export interface Settings {
  readonly cookies: ServerCookies;
  /** Empty: not told. */
  readonly id: Uint8Array;
  /** Empty: not told. */
  readonly version: Uint8Array;
  /** Whose word is taken for where a client is (RFC 7871). */
  readonly subnetTrust: readonly Prefix[];
  /** Where the clients of names whose answer varies are counted. */
  readonly tallies: ClientTallies;
  /** Seconds since 1970. */
  readonly nowSeconds: () => number;
}

/** `cookieSecret`: 16 octets that all threads of a process share (RFC 7873 §6). */
export function createSettings(options: {
  readonly cookieSecret: Uint8Array;
  readonly identity: ServerIdentity;
  /** Default: nobody's. */
  readonly subnetTrust?: readonly Prefix[] | undefined;
  /** Default: they are not. */
  readonly tallies?: ClientTallies;
  readonly nowSeconds: () => number;
}): Settings {
  const { cookieSecret, identity, subnetTrust = [], tallies = createClientTallies(0), nowSeconds } = options;
  return {
    cookies: new ServerCookies(dailyKeys(cookieSecret)),
    id: Buffer.from(identity.id ?? '').subarray(0, MOST_ID_BYTES),
    version: Buffer.from(identity.version ?? '').subarray(0, MOST_TEXT_BYTES),
    subnetTrust,
    tallies,
    nowSeconds,
  };
}

/** A secret for the lifetime of a process. */
export function newCookieSecret(): Uint8Array {
  return new Uint8Array(randomBytes(16));
}

// NSID goes into every reply to who asks for it, so it must leave room for an answer.
const MOST_ID_BYTES = 63;
// One character string.
const MOST_TEXT_BYTES = 255;
