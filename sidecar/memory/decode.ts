import { createHash } from 'node:crypto';
import { isRecord } from '#core/api/is-record.ts';
import type { NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import type { Held, Hold } from '#sidecar/model/hold.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import { readName, readZone } from './read-answers.ts';
import { readHeld, readHold } from './read-held.ts';
import { readProbe } from './read-probe.ts';
import { readRemembered } from './read-remembered.ts';
import { isText } from './read-values.ts';
import { fileFormat, fileVersion } from './records.ts';
import type { Owner, State } from './state.ts';

/** What a file holds. */
export interface Decoded {
  readonly owner: Owner;
  readonly state: State;
  /** Records that are not such as this program writes, and were left out. */
  readonly leftOut: number;
}

/** Why a file is not used, for a person. */
export interface Refusal {
  readonly refused: string;
}

/** Reads a file of a state. Never throws, whatever is in it. */
export function decode(bytes: Buffer): Decoded | Refusal {
  if (bytes.at(-1) !== newline) return { refused: 'it is cut off' };
  const endsAt = bytes.lastIndexOf(newline, -2) + 1;
  const end = parsed(bytes.subarray(endsAt));
  const before = bytes.subarray(0, endsAt);
  const sha256 = createHash('sha256').update(before).digest('hex');
  const told = isRecord(end) && isRecord(end['end']) ? end['end']['sha256'] : undefined;
  const [first, ...records] = before.toString().split('\n').slice(0, -1);
  const head = parsed(first ?? '');
  // Before the checksum: another version may have another one.
  if (!isRecord(head) || head['format'] !== fileFormat)
    return { refused: 'it is no state of a gslb-sidecar' };
  const { version, geoTag, uid } = head;
  if (version !== fileVersion)
    return { refused: `its version is ${JSON.stringify(version)}, and this program reads ${fileVersion}` };
  if (told !== sha256) return { refused: 'its checksum is wrong' };
  if (!isText(geoTag, 63) || !isText(uid, 253)) return { refused: 'its head is incomplete' };
  return { owner: { geoTag, uid }, ...readRecords(records) };
}

const newline = 0x0a;

function readRecords(lines: readonly string[]): Pick<Decoded, 'state' | 'leftOut'> {
  const zones: ZoneAnswers[] = [];
  const names: NameAnswers[] = [];
  const hosts = new Map<string, Remembered>();
  const heldGslbs: Held['gslbs'][number][] = [];
  const heldZones: Held['zones'][number][] = [];
  const probes = new Map<string, ProbeWord>();
  let hold: Hold | undefined;
  let leftOut = 0;
  for (const line of lines) {
    const value = parsed(line);
    const record: Readonly<Record<string, unknown>> = isRecord(value) ? value : {};
    const zone = readZone(record['zone']);
    const name = readName(record['name']);
    const remembered = readRemembered(record['remembered']);
    const held = readHeld(record['object']);
    const word = readProbe(record['word']);
    const target = record['target'];
    const host = record['host'];
    const begun = readHold(record['hold']);
    if (zone !== undefined) zones.push(zone);
    else if (name !== undefined) names.push(name);
    else if (remembered !== undefined && isText(host, 1_024)) hosts.set(host, remembered);
    else if (held !== undefined && 'gslb' in held) heldGslbs.push(held.gslb);
    else if (held !== undefined) heldZones.push(held.zone);
    else if (word !== undefined && isText(target, 4_096)) probes.set(target, word);
    else if (begun !== undefined) hold = begun;
    else leftOut += 1;
  }
  const held = hold && { hold, gslbs: heldGslbs, zones: heldZones };
  return { state: { zones, names, hosts, probes, ...(held === undefined ? {} : { held }) }, leftOut };
}

function parsed(text: string | Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    return undefined;
  }
}
