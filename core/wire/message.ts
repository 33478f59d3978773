import type { Name } from './name.ts';

/** A DNS message (RFC 1035 §4.1); the sections of an UPDATE are zone, prerequisite, update, additional (RFC 2136 §2). */
export interface Message extends Header {
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

/** The header without its counts. The reserved bit Z is ignored when read and written as 0. */
export interface Header {
  readonly id: number;
  /** QR. */
  readonly response: boolean;
  readonly opcode: number;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  /** The lower four bits; `extendedRcode` adds those in the OPT record. */
  readonly rcode: number;
}

export interface Question {
  readonly name: Name;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord {
  readonly name: Name;
  readonly type: number;
  /** For OPT the sender's UDP payload size. */
  readonly class: number;
  /** Seconds; a value above 2^31-1 is read as 0 (RFC 2181 §8). For OPT the upper rcode bits, version and flags. */
  readonly ttl: number;
  readonly rdata: Rdata;
}

/**
 * The data of a record. `empty` is RDLENGTH 0 with class ANY or NONE (RFC 2136). `opaque` is a type that is not
 * read here (RFC 3597), or one of class IN in another class: the octets as they stood, so a compression pointer
 * in one of the few old types that allow it (MB, MINFO, …) means nothing any more.
 */
export type Rdata =
  | RecordData
  | { readonly kind: 'OPT'; readonly options: readonly RawOption[] }
  | TsigRdata
  | { readonly kind: 'empty' }
  | { readonly kind: 'opaque'; readonly bytes: Uint8Array };

/** The data of ordinary records; `kind` is the type's name. */
export type RecordData =
  /** IPv4 or IPv6 text as `addressToText` writes it. */
  | { readonly kind: 'A' | 'AAAA'; readonly address: string }
  | { readonly kind: 'NS' | 'CNAME' | 'PTR'; readonly target: Name }
  | SoaRdata
  | { readonly kind: 'MX'; readonly preference: number; readonly target: Name }
  /** At least one string of at most 255 octets each. */
  | { readonly kind: 'TXT'; readonly strings: readonly Uint8Array[] }
  | {
      readonly kind: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: Name;
    };

/** Times in seconds. */
export interface SoaRdata {
  readonly kind: 'SOA';
  readonly primary: Name;
  readonly mailbox: Name;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** An EDNS option before its meaning is looked at; `readEdns` gives it one. */
export interface RawOption {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** RFC 8945 §4.2. */
export interface TsigRdata {
  readonly kind: 'TSIG';
  readonly algorithm: Name;
  /** 48 bits, seconds since 1970. */
  readonly timeSeconds: number;
  readonly fudgeSeconds: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  /** Six octets of server time with BADTIME, else empty. */
  readonly other: Uint8Array;
}
