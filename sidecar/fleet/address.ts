import { addressToBytes } from '#core/wire/address.ts';

/**
 * Whether a peer may hand out this address as one of its own: not unspecified, loopback, link-local, multicast,
 * broadcast or reserved, and no IPv4 address in IPv6's clothes. Private ranges are fine: clusters use them.
 */
export function isPublishable(address: string): boolean {
  const octets = addressToBytes(address);
  if (octets === undefined) return false;
  const [first = 0, second = 0] = octets;
  if (octets.length === 4)
    return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
  const linkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  // ::, ::1 and the IPv4-mapped and IPv4-compatible forms (RFC 4291 §2.5.5) begin with ten zero octets.
  const embedded = octets.subarray(0, 10).every((octet) => octet === 0);
  return !linkLocal && !embedded && first !== 0xff;
}
