import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressToBytes } from '#core/wire/address.ts';

/** `sockaddr_in` and `sockaddr_in6` of Linux. */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;

/** Where the address stands in either; the port stands at 2, in network order. */
export const IN_ADDRESS_AT = 4;
export const IN6_ADDRESS_AT = 8;

/** The socket address of an IP address, with the interface of a link-local one (`fe80::1%eth0`). */
export function socketAddress(address: string, port: number): Uint8Array<ArrayBuffer> {
  const family = isIPv6(address) ? AF_INET6 : AF_INET;
  const bytes = new Uint8Array(new ArrayBuffer(family === AF_INET6 ? SOCKADDR_IN6_BYTES : SOCKADDR_IN_BYTES));
  const [host = '', zone] = address.split('%');
  bytes[0] = family;
  bytes[2] = port >> 8;
  bytes[3] = port;
  bytes.set(addressToBytes(host) ?? [], family === AF_INET6 ? IN6_ADDRESS_AT : IN_ADDRESS_AT);
  if (zone !== undefined) new DataView(bytes.buffer).setUint32(SCOPE_AT, scopeOf(zone), true);
  return bytes;
}

const SCOPE_AT = 24;

/** 0, which the kernel refuses for a link-local address, when there is no such interface. */
function scopeOf(zone: string): number {
  const infos = networkInterfaces()[zone] ?? [];
  return Number(zone) || (infos.find((info) => info.family === 'IPv6')?.scopeid ?? 0);
}
