import { EDNS_OPTION } from './constants.ts';
import { copyOctets, uint16 } from './cursor.ts';
import type { RawOption } from './message.ts';

/** EDNS options that are understood; any other is `opaque` and may be ignored (RFC 6891 §6.1.2). */
export type EdnsOption =
  | ClientSubnet
  | Cookie
  /** Empty in a query, the server's identifier in a reply (RFC 5001). */
  | { readonly kind: 'nsid'; readonly id: Uint8Array }
  /** Units of 100 ms; undefined in a query (RFC 7828). TCP only. */
  | { readonly kind: 'tcpKeepalive'; readonly timeoutDeciseconds: number | undefined }
  /** RFC 8914; the text is for people. */
  | { readonly kind: 'extendedError'; readonly infoCode: number; readonly text: string }
  | { readonly kind: 'opaque'; readonly code: number; readonly bytes: Uint8Array };

/** RFC 7871. */
export interface ClientSubnet {
  readonly kind: 'clientSubnet';
  /** 1 IPv4, 2 IPv6; 0 only with both prefixes 0, as dig sends for `+subnet=0`. */
  readonly family: number;
  readonly sourcePrefix: number;
  readonly scopePrefix: number;
  /** As many octets as sourcePrefix needs; bits behind it are 0. */
  readonly address: Uint8Array;
}

/** RFC 7873. */
export interface Cookie {
  readonly kind: 'cookie';
  /** 8 octets. */
  readonly client: Uint8Array;
  /** 8 to 32 octets; empty when the client knows none. */
  readonly server: Uint8Array;
}

/** The meaning of an option; undefined when its octets break its RFC, which is answered with FORMERR. */
export function readEdnsOption({ code, bytes }: RawOption): EdnsOption | undefined {
  switch (code) {
    case EDNS_OPTION.CLIENT_SUBNET:
      return readClientSubnet(bytes);
    case EDNS_OPTION.COOKIE:
      return readCookie(bytes);
    case EDNS_OPTION.NSID:
      return { kind: 'nsid', id: bytes };
    case EDNS_OPTION.TCP_KEEPALIVE:
      if (bytes.length !== 0 && bytes.length !== 2) return undefined;
      return { kind: 'tcpKeepalive', timeoutDeciseconds: bytes.length === 2 ? uint16(bytes, 0) : undefined };
    case EDNS_OPTION.EXTENDED_ERROR:
      if (bytes.length < 2) return undefined;
      return { kind: 'extendedError', infoCode: uint16(bytes, 0), text: utf8.decode(bytes.subarray(2)) };
    default:
      return { kind: 'opaque', code, bytes };
  }
}

/** The octets of an option. */
export function writeEdnsOption(option: EdnsOption): RawOption {
  switch (option.kind) {
    case 'clientSubnet': {
      const head = [0, option.family, option.sourcePrefix, option.scopePrefix];
      return { code: EDNS_OPTION.CLIENT_SUBNET, bytes: Uint8Array.of(...head, ...option.address) };
    }
    case 'cookie':
      return { code: EDNS_OPTION.COOKIE, bytes: Uint8Array.of(...option.client, ...option.server) };
    case 'nsid':
      return { code: EDNS_OPTION.NSID, bytes: option.id };
    case 'tcpKeepalive': {
      const time = option.timeoutDeciseconds;
      return {
        code: EDNS_OPTION.TCP_KEEPALIVE,
        bytes: time === undefined ? new Uint8Array(0) : Uint8Array.of(time >> 8, time),
      };
    }
    case 'extendedError': {
      const text = Buffer.from(option.text, 'utf8');
      return {
        code: EDNS_OPTION.EXTENDED_ERROR,
        bytes: Uint8Array.of(option.infoCode >> 8, option.infoCode, ...text),
      };
    }
    case 'opaque':
      return { code: option.code, bytes: option.bytes };
  }
}

// Not fatal: a text that is no UTF-8 spoils nothing. A byte order mark is text like any other.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

// Octets of an address by family.
const addressBytes = [0, 4, 16];

function readClientSubnet(bytes: Uint8Array): ClientSubnet | undefined {
  if (bytes.length < 4) return undefined;
  const family = uint16(bytes, 0);
  const sourcePrefix = bytes[2] ?? 0;
  const scopePrefix = bytes[3] ?? 0;
  const most = addressBytes[family];
  if (most === undefined || sourcePrefix > 8 * most || scopePrefix > 8 * most) return undefined;
  const length = Math.ceil(sourcePrefix / 8);
  if (bytes.length !== 4 + length) return undefined;
  const unused = 8 * length - sourcePrefix;
  if (length > 0 && ((bytes[3 + length] ?? 0) & ((1 << unused) - 1)) !== 0) return undefined;
  return {
    kind: 'clientSubnet',
    family,
    sourcePrefix,
    scopePrefix,
    address: copyOctets(bytes, 4, bytes.length),
  };
}

function readCookie(bytes: Uint8Array): Cookie | undefined {
  if (bytes.length !== 8 && (bytes.length < 16 || bytes.length > 40)) return undefined;
  return { kind: 'cookie', client: copyOctets(bytes, 0, 8), server: copyOctets(bytes, 8, bytes.length) };
}
