import { createHash } from 'node:crypto';
import { gslbs } from '#core/api/gslb/schema.ts';
import type { Resource } from '#core/api/kubernetes.ts';
import { apiVersion } from '#core/api/resource.ts';
import { zoneDelegations } from '#core/api/zone-delegation/schema.ts';
import type { Choice, NameAnswers } from '#sidecar/model/answers.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import type { Remembered } from '#sidecar/model/remembered.ts';
import { type End, fileFormat, fileVersion, type Head, type Recorded } from './records.ts';
import type { Owner, State } from './state.ts';

/** The octets of a file, and what tells it from another. */
export interface Encoded {
  readonly bytes: Buffer;
  readonly sha256: string;
}

/**
 * Makes the file of a state. Thousands of names take longer than a query may wait for the main thread: `breathe` is
 * awaited again and again, some milliseconds of work apart.
 */
export async function encode(
  owner: Owner,
  state: State,
  now: () => number,
  breathe: () => Promise<unknown>,
): Promise<Encoded> {
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let texts: string[] = [];
  const flush = (): void => {
    const chunk = Buffer.from(texts.join(''));
    texts = [];
    hash.update(chunk);
    chunks.push(chunk);
  };
  let began = now();
  for (const line of lines(owner, state)) {
    texts.push(`${JSON.stringify(line)}\n`);
    if (texts.length % linesPerLook !== 0 || now() - began < turnMs) continue;
    flush();
    await breathe();
    began = now();
  }
  flush();
  const sha256 = hash.digest('hex');
  const end: End = { end: { sha256 } };
  chunks.push(Buffer.from(`${JSON.stringify(end)}\n`));
  return { bytes: Buffer.concat(chunks), sha256 };
}

const linesPerLook = 50;
const turnMs = 3;

function* lines(
  { geoTag, uid }: Owner,
  { zones, names, hosts, probes, held }: State,
): Iterable<Head | Recorded> {
  yield { format: fileFormat, version: fileVersion, geoTag, uid };
  for (const zone of zones) yield { zone };
  for (const name of names) yield { name: withoutPlaces(name) };
  for (const [host, remembered] of hosts) {
    const kept = keptOf(remembered);
    if (Object.keys(kept).length > 0) yield { host, remembered: kept };
  }
  for (const [target, word] of probes) yield { target, word: steady(word) };
  if (held === undefined) return;
  yield { hold: held.hold };
  for (const { group, object } of held.gslbs) yield { object: { ...object, ...typeOf({ ...gslbs, group }) } };
  for (const object of held.zones) yield { object: { ...object, ...typeOf(zoneDelegations) } };
}

/** What one more probe changes is not worth a write. */
const steady = (word: ProbeWord): ProbeWord =>
  word.state === 'down' ? { ...word, row: 0 } : { ...word, row: 0, why: undefined, answered: false };

/** Objects of a list do not say it themselves. */
const typeOf = (resource: Resource) => ({ apiVersion: apiVersion(resource), kind: resource.kind });

/** For how long a peer was waited for says nothing to another process. */
function keptOf({ unheardSinceMs: _, ...kept }: Remembered): Remembered {
  return kept;
}

/** Places are indexes into a database that a new process reads anew: until it has, nobody has a place. */
function withoutPlaces(name: NameAnswers): NameAnswers {
  return { ...name, a: otherwise(name.a), aaaa: otherwise(name.aaaa) };
}

function otherwise(choice: Choice): Choice {
  if (choice.kind === 'byPlace') return choice.choices[choice.otherwise] ?? nothing;
  if (choice.kind !== 'byNet') return choice;
  const choices = choice.choices.map((one) =>
    one.kind === 'byPlace' ? (one.choices[one.otherwise] ?? nothing) : one,
  );
  return { ...choice, choices };
}

const nothing = { kind: 'fixed', addresses: [] } as const;
