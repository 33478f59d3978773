import { uint32 } from '#core/wire/cursor.ts';
import { type Client, isIpv4 } from './client.ts';
import type { KeyAt } from './cookie-keys.ts';
import { writeUint32 } from './octets.ts';
import { sipHash24 } from './siphash.ts';

/** Octets of a client's cookie, of ours (RFC 9018 §4), and of both in an option. */
export const CLIENT_COOKIE_BYTES = 8;
const SERVER_COOKIE_BYTES = 16;
export const COOKIE_BYTES = CLIENT_COOKIE_BYTES + SERVER_COOKIE_BYTES;

/** What a cookie option of a query is worth. */
export const COOKIE = {
  /** No server cookie in it. */
  NONE: 0,
  /** Its server cookie is not ours, or was not given to this address, or is too old. */
  BAD: 1,
  /** It is good, but should be renewed. */
  OLD: 2,
  GOOD: 3,
} as const;

/** Interoperable server cookies of RFC 9018. Allocates nothing. */
export class ServerCookies {
  readonly #keyAt: KeyAt;
  // Client cookie, version, reserved, time, client address: what is hashed (§4.4).
  readonly #input = new Uint8Array(32);
  readonly #hash = new Uint8Array(8);

  constructor(keyAt: KeyAt) {
    this.#keyAt = keyAt;
  }

  /** Judges the `size` octets (8, or 16 to 40) of the option at `at`. `now`: seconds since 1970. */
  judge(client: Client, bytes: Uint8Array, at: number, size: number, now: number): number {
    if (size === CLIENT_COOKIE_BYTES) return COOKIE.NONE;
    if (size !== COOKIE_BYTES || bytes[at + VERSION_AT] !== VERSION) return COOKIE.BAD;
    const time = uint32(bytes, at + TIME_AT);
    // RFC 1982 arithmetic: 32 bits of seconds end in 2106.
    const age = (now - time) | 0;
    if (age > LIFETIME_SECONDS || age < -AHEAD_SECONDS) return COOKIE.BAD;
    for (let k = 0; k < HASH_AT; k += 1) this.#input[k] = bytes[at + k] ?? 0;
    this.#makeHash(client, time);
    let differing = 0;
    // No exit at the first difference: how far a guess was right must not show.
    for (let k = 0; k < 8; k += 1) differing |= (this.#hash[k] ?? 0) ^ (bytes[at + HASH_AT + k] ?? 0);
    if (differing !== 0) return COOKIE.BAD;
    return age > RENEW_SECONDS ? COOKIE.OLD : COOKIE.GOOD;
  }

  /** Writes the client's cookie at `at` and a new one of ours behind it, 24 octets, into `out`. */
  write(client: Client, bytes: Uint8Array, at: number, now: number, out: Uint8Array, outAt: number): void {
    const input = this.#input;
    for (let k = 0; k < CLIENT_COOKIE_BYTES; k += 1) input[k] = bytes[at + k] ?? 0;
    input.fill(0, VERSION_AT, TIME_AT);
    input[VERSION_AT] = VERSION;
    writeUint32(input, TIME_AT, now);
    this.#makeHash(client, now >>> 0);
    for (let k = 0; k < HASH_AT; k += 1) out[outAt + k] = input[k] ?? 0;
    for (let k = 0; k < 8; k += 1) out[outAt + HASH_AT + k] = this.#hash[k] ?? 0;
  }

  #makeHash(client: Client, time: number): void {
    const addressBytes = isIpv4(client) ? 4 : 16;
    for (let k = 0; k < addressBytes; k += 1) this.#input[HASH_AT + k] = client.address[k] ?? 0;
    sipHash24(this.#keyAt(time), this.#input, HASH_AT + addressBytes, this.#hash, 0);
  }
}

const VERSION = 1;
// Offsets in the option: client cookie (8), version (1), reserved (3), time (4), hash (8).
const VERSION_AT = CLIENT_COOKIE_BYTES;
const TIME_AT = VERSION_AT + 4;
const HASH_AT = TIME_AT + 4;

// RFC 9018 §4.3.
const LIFETIME_SECONDS = 3600;
const AHEAD_SECONDS = 300;
const RENEW_SECONDS = 1800;
