import { EDNS_OPTION } from '#core/wire/constants.ts';
import { uint16 } from '#core/wire/cursor.ts';

/** What the options of a query's OPT record ask for. Offsets are into the message, of an option's data; 0: not there. */
export interface QueryOptions {
  nsid: boolean;
  keepalive: boolean;
  cookieAt: number;
  cookieBytes: number;
  subnetAt: number;
  subnetBytes: number;
}

export function clearOptions(options: QueryOptions): void {
  options.nsid = false;
  options.keepalive = false;
  options.cookieAt = 0;
  options.cookieBytes = 0;
  options.subnetAt = 0;
  options.subnetBytes = 0;
}

/** Whether the options between `from` and `end` are whole, whatever is in them. */
export function areOptionsWhole(bytes: Uint8Array, from: number, end: number): boolean {
  let at = from;
  while (at + 4 <= end) at += 4 + uint16(bytes, at + 2);
  return at === end;
}

/**
 * Reads whole options. False when one that we know breaks its RFC: the reply is FORMERR. Unknown ones are passed over
 * (RFC 6891 §6.1.2), of a known one only the first counts (RFC 7873 §5.2).
 */
export function readOptions(options: QueryOptions, bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; ) {
    const code = uint16(bytes, at);
    const size = uint16(bytes, at + 2);
    const data = at + 4;
    if (code === EDNS_OPTION.COOKIE) {
      if (size !== 8 && (size < 16 || size > 40)) return false;
      if (options.cookieAt === 0) {
        options.cookieAt = data;
        options.cookieBytes = size;
      }
    } else if (code === EDNS_OPTION.CLIENT_SUBNET) {
      if (!isSubnet(bytes, data, size)) return false;
      if (options.subnetAt === 0) {
        options.subnetAt = data;
        options.subnetBytes = size;
      }
    } else if (code === EDNS_OPTION.NSID) {
      options.nsid = true;
    } else if (code === EDNS_OPTION.TCP_KEEPALIVE) {
      // Whatever is in it: over UDP it must be ignored (RFC 7828 §3.3.1), and no RFC refuses it over TCP.
      options.keepalive = true;
    }
    at = data + size;
  }
  return true;
}

/** RFC 7871 §6: no scope in a query, as many octets as the prefix needs, bits behind it 0. */
function isSubnet(bytes: Uint8Array, at: number, size: number): boolean {
  if (size < 4 || bytes[at + 3] !== 0) return false;
  const family = uint16(bytes, at);
  const prefix = bytes[at + 2] ?? 0;
  // Family 0 without a prefix is how dig says that no subnet is to be used.
  const most = family === 1 ? 32 : family === 2 ? 128 : family === 0 ? 0 : -1;
  if (prefix > most || size !== 4 + ((prefix + 7) >> 3)) return false;
  const unused = -prefix & 7;
  return unused === 0 || ((bytes[at + size - 1] ?? 0) & ((1 << unused) - 1)) === 0;
}
