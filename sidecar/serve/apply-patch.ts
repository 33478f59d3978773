import { uint16, uint32 } from '#core/wire/cursor.ts';
import { ENTRY, FLAG } from './entry.ts';
import { ASTERISK, createNameKey, hashSuffixes, readNameKey } from './name-key.ts';
import { entryLength } from './name-table.ts';
import { writeUint16, writeUint32 } from './octets.ts';
import { STEP, STEP_HEADER_BYTES } from './patch-format.ts';
import { createServed, type Served, type ServedZone, type Template } from './served.ts';

/**
 * Applies a patch. Returns what is served from now on: `served` itself, or after RESET another one, so that nothing
 * is answered from half of it. Names outside all zones are left out, unknown ones to remove are passed over.
 */
export function applyPatch(served: Served, patch: Buffer): Served {
  let result = served;
  for (let at = 0; at < patch.length; ) {
    const from = at + STEP_HEADER_BYTES;
    const end = from + uint32(patch, at + 1);
    const content = patch.subarray(from, end);
    switch (patch[at]) {
      case STEP.RESET:
        result = createServed(served.table.seed);
        result.ready = true;
        result.places = served.places;
        break;
      case STEP.ZONE:
        putZone(result, content);
        break;
      case STEP.NAME:
        putName(result, content);
        break;
      case STEP.REMOVE:
        removeName(result, content);
        break;
      case STEP.SAVED:
        result.saved = content[0] === 1;
        break;
    }
    at = end;
  }
  return result;
}

// One for all: a patch is applied without pause.
const key = createNameKey();

function putZone(served: Served, content: Buffer): void {
  const nameEnd = readName(served, content, 0);
  const zone = readZone(content, nameEnd);
  const { table, zones } = served;
  const known = table.find(key, 0);
  if (known !== 0) {
    zones[uint16(table.arena.bytes, known + ENTRY.ZONE)] = zone;
    return;
  }
  const apex = addBareName(served, 0, zones.push(zone) - 1);
  table.arena.bytes[apex + ENTRY.FLAGS] = FLAG.APEX;
  if (hasAncestor(served)) attach(served, 0);
}

function putName(served: Served, image: Buffer): void {
  const { table } = served;
  readName(served, image, ENTRY.NAME);
  const old = table.find(key, 0);
  if (old === 0 && !hasAncestor(served)) return;

  const keepsBlock = old !== 0 && table.arena.fits(image.length, entryLength(table, old));
  const children = old === 0 ? 0 : uint32(table.arena.bytes, old + ENTRY.CHILDREN);
  const flags = old === 0 ? 0 : flagsOf(served, old);
  const zone = old === 0 ? 0 : uint16(table.arena.bytes, old + ENTRY.ZONE);
  const entry = keepsBlock ? old : table.arena.allocate(image.length);
  const { bytes } = table.arena;
  image.copy(bytes, entry);
  writeUint32(bytes, entry + ENTRY.CHILDREN, children);
  bytes[entry + ENTRY.FLAGS] = flags | FLAG.DATA;
  writeUint16(bytes, entry + ENTRY.ZONE, zone);
  if ((flags & FLAG.DATA) === 0) served.names += 1;

  if (old === 0) {
    table.insert(key, 0, entry);
    attach(served, 0);
  } else if (entry !== old) {
    table.replace(key, 0, entry);
    table.arena.free(old, entryLength(table, old));
  }
}

function removeName(served: Served, name: Buffer): void {
  readName(served, name, 0);
  const entry = served.table.find(key, 0);
  if (entry === 0 || (flagsOf(served, entry) & FLAG.DATA) === 0) return;
  const { bytes } = served.table.arena;
  served.names -= 1;
  bytes[entry + ENTRY.FLAGS] = flagsOf(served, entry) & ~FLAG.DATA;
  writeUint32(bytes, entry + ENTRY.A, 0);
  writeUint32(bytes, entry + ENTRY.AAAA, 0);
  dropIfIdle(served, 0);
}

/** Reads the name at `at` of what our main thread wrote; returns the offset behind it. */
function readName(served: Served, bytes: Buffer, at: number): number {
  const end = readNameKey(key, bytes, at, bytes.length);
  hashSuffixes(key, served.table.seed);
  return end;
}

/** Whether a name above the key's exists, which is so exactly when it lies in a zone of ours. */
function hasAncestor(served: Served): boolean {
  for (let label = 1; label <= key.labels; label += 1) if (served.table.find(key, label) !== 0) return true;
  return false;
}

/**
 * Makes the ancestors of the name at `label` exist (RFC 8020), which has just come into being, and gives it and them
 * the zone of the nearest one that existed. An apex keeps its own zone.
 */
function attach(served: Served, label: number): void {
  const { table } = served;
  let above = label + 1;
  while (table.find(key, above) === 0) above += 1;
  const zone = uint16(table.arena.bytes, table.find(key, above) + ENTRY.ZONE);
  for (let missing = above - 1; missing > label; missing -= 1) addBareName(served, missing, zone);

  const { bytes } = table.arena;
  const entry = table.find(key, label);
  if ((flagsOf(served, entry) & FLAG.APEX) === 0) writeUint16(bytes, entry + ENTRY.ZONE, zone);
  for (let child = label; child < above; child += 1) {
    const parent = table.find(key, child + 1);
    writeUint32(bytes, parent + ENTRY.CHILDREN, uint32(bytes, parent + ENTRY.CHILDREN) + 1);
    if (isWildcard(child)) bytes[parent + ENTRY.FLAGS] = flagsOf(served, parent) | FLAG.WILDCARD_CHILD;
  }
}

/** Adds an entry without answers for the suffix at `label`. */
function addBareName(served: Served, label: number, zone: number): number {
  const { table } = served;
  const from = key.labelAt[label] ?? 0;
  const length = ENTRY.NAME + key.length - from;
  const entry = table.arena.allocate(length);
  const { bytes } = table.arena;
  bytes.fill(0, entry, entry + ENTRY.NAME);
  writeUint32(bytes, entry + ENTRY.LENGTH, length);
  writeUint16(bytes, entry + ENTRY.ZONE, zone);
  bytes[entry + ENTRY.NAME_LENGTH] = key.length - from;
  bytes.set(key.name.subarray(from, key.length), entry + ENTRY.NAME);
  table.insert(key, label, entry);
  return entry;
}

/** Takes the name at `label` out when nothing keeps it, and then those above it that only stood for it. */
function dropIfIdle(served: Served, label: number): void {
  const { table } = served;
  const { bytes } = table.arena;
  for (let child = label; ; child += 1) {
    const entry = table.find(key, child);
    const isKept = (flagsOf(served, entry) & (FLAG.DATA | FLAG.APEX)) !== 0;
    if (isKept || uint32(bytes, entry + ENTRY.CHILDREN) > 0) return;
    table.remove(key, child);
    table.arena.free(entry, entryLength(table, entry));
    const parent = table.find(key, child + 1);
    writeUint32(bytes, parent + ENTRY.CHILDREN, uint32(bytes, parent + ENTRY.CHILDREN) - 1);
    if (isWildcard(child)) bytes[parent + ENTRY.FLAGS] = flagsOf(served, parent) & ~FLAG.WILDCARD_CHILD;
  }
}

function isWildcard(label: number): boolean {
  const at = key.labelAt[label] ?? 0;
  return key.name[at] === 1 && key.name[at + 1] === ASTERISK;
}

function flagsOf(served: Served, entry: number): number {
  return served.table.arena.bytes[entry + ENTRY.FLAGS] ?? 0;
}

function readZone(content: Buffer, at: number): ServedZone {
  const negativeTtl = uint32(content, at);
  const soaTtlAt = uint16(content, at + 4);
  const soa = readTemplate(content, at + 6);
  const nameServers = readTemplate(content, soa.end);
  return { negativeTtl, soaTtlAt, soa: soa.template, nameServers: nameServers.template };
}

function readTemplate(content: Buffer, at: number): { readonly template: Template; readonly end: number } {
  const pointers = Uint16Array.from({ length: uint16(content, at + 2) * 2 }, (_, k) =>
    uint16(content, at + 4 + 2 * k),
  );
  const lengthAt = at + 4 + pointers.byteLength;
  const end = lengthAt + 2 + uint16(content, lengthAt);
  const bytes = Buffer.from(content.subarray(lengthAt + 2, end));
  return { template: { records: uint16(content, at), bytes, pointers }, end };
}
