import { isIPv6 } from 'node:net';

/**
 * The text of an address of 4 or 16 octets: dotted decimal, or RFC 5952 (lower-case, the first longest run of zero
 * groups as `::`, IPv4-mapped ones dotted). One address has one text, so texts may be compared.
 */
export function addressToText(bytes: Uint8Array, at = 0, length = bytes.length - at): string {
  return length === 4 ? ipv4Text(bytes, at) : ipv6Text(bytes, at);
}

/** The 4 or 16 octets of an address in text; undefined when it is none. Refuses leading zeros and zone ids (`%eth0`). */
export function addressToBytes(text: string): Uint8Array | undefined {
  if (text.includes(':')) return isIPv6(text) && !text.includes('%') ? ipv6Bytes(text) : undefined;
  return ipv4Bytes(text);
}

/**
 * Puts an address that the system gave as text into the first 4 or 16 octets of `into`, zone id (`%eth0`) left out.
 * Allocates nothing for IPv4, where it checks nothing either; what is no IPv6 address is put as zeros.
 */
export function putAddress(text: string, into: Uint8Array): void {
  if (text.includes(':')) into.set(addressToBytes(text.replace(/%.*/, '')) ?? noAddress);
  else putIpv4(text, into);
}

const noAddress = new Uint8Array(16);

function putIpv4(text: string, into: Uint8Array): void {
  let octet = 0;
  let at = 0;
  for (let k = 0; k < text.length; k += 1) {
    const code = text.charCodeAt(k);
    if (code === DOT) {
      into[at] = octet;
      at += 1;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  into[at] = octet;
}

const DOT = 0x2e;
const ZERO = 0x30;

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function ipv6Text(bytes: Uint8Array, at: number): string {
  const group = (index: number) => ((bytes[at + 2 * index] ?? 0) << 8) | (bytes[at + 2 * index + 1] ?? 0);
  let longest = 0;
  let zerosFrom = -1;
  for (let from = 0; from < 8; from += 1) {
    let to = from;
    while (to < 8 && group(to) === 0) to += 1;
    if (to - from > longest) {
      longest = to - from;
      zerosFrom = from;
    }
    if (to > from) from = to;
  }
  if (zerosFrom === 0 && longest === 5 && group(5) === 0xffff) return `::ffff:${ipv4Text(bytes, at + 12)}`;
  // RFC 5952 §4.2.2: one group of zeros is not shortened.
  if (longest < 2) zerosFrom = 8;
  let text = '';
  for (let index = 0; index < 8; index += 1) {
    if (index === zerosFrom) {
      text += '::';
      index += longest - 1;
    } else {
      text += text === '' || text.endsWith(':') ? group(index).toString(16) : `:${group(index).toString(16)}`;
    }
  }
  return text;
}

// By hand: this runs for every A record that is written.
function ipv4Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let index = 0;
  let value = 0;
  let digits = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at === text.length ? DOT : text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || index === 4) return undefined;
      bytes[index] = value;
      index += 1;
      value = 0;
      digits = 0;
    } else {
      value = value * 10 + code - ZERO;
      digits += 1;
      const isDigit = code >= ZERO && code <= ZERO + 9;
      if (!isDigit || value > 255 || (digits === 2 && value < 10) || digits > 3) return undefined;
    }
  }
  return index === 4 ? bytes : undefined;
}

function ipv6Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [head = '', tail] = text.split('::');
  const front = groupBytes(head);
  const back = groupBytes(tail ?? '');
  bytes.set(front, 0);
  bytes.set(back, 16 - back.length);
  return bytes;
}

function groupBytes(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return [...(ipv4Bytes(group) ?? [])];
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
