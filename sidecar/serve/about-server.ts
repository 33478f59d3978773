import { CLASS, TYPE } from '#core/wire/constants.ts';
import { POINTER_TO_QUESTION } from './entry.ts';
import type { NameKey } from './name-key.ts';
import { copyOctets, writeUint16, writeUint32 } from './octets.ts';
import type { Query } from './query.ts';
import type { Settings } from './settings.ts';

/**
 * What the server tells of itself under the name that was asked for in class CH (RFC 4892); undefined when that is
 * nothing.
 */
export function aboutServer(settings: Settings, query: Query): Uint8Array | undefined {
  if (query.type !== TYPE.TXT && query.type !== TYPE.ANY) return undefined;
  const { key } = query;
  if (isNamed(key, idServer) || isNamed(key, hostnameBind)) return orNothing(settings.id);
  if (isNamed(key, versionBind) || isNamed(key, versionServer)) return orNothing(settings.version);
  return undefined;
}

/** Writes the TXT record with `text`; TTL 0. Returns its end. */
export function writeAboutServer(text: Uint8Array, out: Uint8Array, at: number): number {
  writeUint16(out, at, POINTER_TO_QUESTION);
  writeUint16(out, at + 2, TYPE.TXT);
  writeUint16(out, at + 4, CLASS.CH);
  writeUint32(out, at + 6, 0);
  writeUint16(out, at + 10, text.length + 1);
  out[at + 12] = text.length;
  copyOctets(text, 0, out, at + 13, text.length);
  return at + 13 + text.length;
}

function orNothing(text: Uint8Array): Uint8Array | undefined {
  return text.length === 0 ? undefined : text;
}

const idServer = Buffer.from('\x02id\x06server\0');
const hostnameBind = Buffer.from('\x08hostname\x04bind\0');
const versionBind = Buffer.from('\x07version\x04bind\0');
const versionServer = Buffer.from('\x07version\x06server\0');

function isNamed(key: NameKey, name: Uint8Array): boolean {
  if (key.length !== name.length) return false;
  for (let k = 0; k < name.length; k += 1) if (key.name[k] !== name[k]) return false;
  return true;
}
