/**
 * Whether a peer may hand out this address as one of its own: not unspecified, loopback, link-local, multicast,
 * broadcast or reserved, and no IPv4 address in IPv6's clothes. Private ranges are fine: clusters use them.
 * @param rdata the data of an A or AAAA record: 4 or 16 octets
 */
export function isPublishable(rdata: Uint8Array): boolean {
  const [first = 0, second = 0] = rdata;
  if (rdata.length === 4)
    return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254);
  if (rdata.length !== 16) return false;
  const linkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  // ::, ::1 and the IPv4-mapped and IPv4-compatible forms (RFC 4291 §2.5.5) begin with ten zero octets.
  const embedded = rdata.subarray(0, 10).every((octet) => octet === 0);
  return !linkLocal && !embedded && first !== 0xff;
}
