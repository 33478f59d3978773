import { ImageError } from './errors.ts';

/** One member of a tar archive. `path` has no leading slash; a folder's has no trailing one. */
export type Member =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly mode: number;
      readonly sizeBytes: number;
      /** Called once, when its turn comes; must give exactly `sizeBytes`. */
      readonly read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
    };

const blockBytes = 512;
/** Two zero blocks end an archive. */
const endBytes = 2 * blockBytes;

/**
 * The bytes of a tar archive (POSIX.1-2001: ustar, with a pax header before names over 100 bytes): owner 0:0, time 0,
 * members in the order given, so that the same members give the same bytes. Members may be made while it is read.
 * @throws ImageError CHANGED_WHILE_READ when a file gives more or fewer bytes than it said.
 */
export async function* tarBytes(
  members: Iterable<Member> | AsyncIterable<Member>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const member of members) {
    yield headersOf(member);
    if (member.kind !== 'file') continue;
    let read = 0;
    for await (const chunk of member.read()) {
      read += chunk.length;
      yield chunk;
    }
    if (read !== member.sizeBytes) {
      const facts = `${member.path}: ${read} bytes read, ${member.sizeBytes} expected`;
      throw new ImageError('CHANGED_WHILE_READ', facts, 'run it again when nothing writes that file');
    }
    yield Buffer.alloc(paddingBytes(read));
  }
  yield Buffer.alloc(endBytes);
}

/** How many bytes `tarBytes` gives for these members. */
export function tarSizeBytes(members: readonly Member[]): number {
  let total = endBytes;
  for (const member of members) {
    total += headersOf(member).length;
    if (member.kind === 'file') total += member.sizeBytes + paddingBytes(member.sizeBytes);
  }
  return total;
}

function paddingBytes(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

const typeOf = { file: '0', symlink: '2', folder: '5' } as const;

function headersOf(member: Member): Buffer {
  const path = member.kind === 'folder' ? `${member.path}/` : member.path;
  const target = member.kind === 'symlink' ? member.target : '';
  const header = ustar({
    path,
    target,
    mode: member.kind === 'symlink' ? 0o777 : member.mode,
    size: member.kind === 'file' ? member.sizeBytes : 0,
    type: typeOf[member.kind],
  });
  const records = Buffer.concat([paxRecord('path', path), paxRecord('linkpath', target)]);
  if (records.length === 0) return header;
  const extension = ustar({ path: 'pax', target: '', mode: 0o644, size: records.length, type: 'x' });
  return Buffer.concat([extension, records, Buffer.alloc(paddingBytes(records.length)), header]);
}

/** `LENGTH key=value\n`, where LENGTH counts its own digits; nothing when the ustar field holds the value. */
function paxRecord(key: string, value: string): Buffer {
  if (Buffer.byteLength(value) <= 100) return Buffer.alloc(0);
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

interface Fields {
  readonly path: string;
  readonly target: string;
  readonly mode: number;
  readonly size: number;
  readonly type: '0' | '2' | '5' | 'x';
}

/** A header of 512 bytes, numbers in octal. Names that are too long are cut: a pax header before it has them whole. */
function ustar({ path, target, mode, size, type }: Fields): Buffer {
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  block.write(path, 0, 100);
  block.write(octal(mode, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write(target, 157, 100);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
