import { isSubdomain, labelCount, type Name } from '#core/wire/name.ts';
import { parseName } from '#core/wire/name-text.ts';
import type { AnswersPatch, NameAnswers, ZoneAnswers } from '#sidecar/model/answers.ts';
import { compileName } from './compile-name.ts';
import { compileZone, type ZoneNames } from './compile-zone.ts';
import { refusedAnswers, type ServeProblem } from './errors.ts';
import { writeUint32 } from './octets.ts';
import { STEP, STEP_HEADER_BYTES } from './patch-format.ts';
import { createTallyBook, type TallyBook } from './tally-book.ts';

/** Turns patches into bytes for the DNS thread, and remembers what all of them amount to. */
export interface Compiler {
  /** The bytes of a patch, with a buffer of their own; undefined when there is nothing to say yet. */
  compile(patch: AnswersPatch): Buffer<ArrayBuffer> | undefined;
  /** All that was compiled so far, for a thread that starts from nothing. */
  compileAll(): Buffer<ArrayBuffer> | undefined;
}

/**
 * What cannot be put into messages (a name outside its zone, an address that is none) is reported and left out.
 * Until zones are known, names are only remembered. When the set of zones changes everything is compiled again, for
 * any name may then belong to another zone; a zone whose content changes is one step.
 * @param tallies where names whose answer varies get their rows; by default there are none
 */
export function createCompiler(
  onProblem: (problem: ServeProblem) => void,
  tallies: Pick<TallyBook, 'rowOf' | 'drop'> = createTallyBook([]),
): Compiler {
  const names = new Map<string, NameAnswers>();
  let zones: ReadonlyMap<string, CompiledZone> | undefined;
  let saved = false;

  const compileAll = () => {
    if (zones === undefined) return undefined;
    const steps = [stepBytes(STEP.RESET, Buffer.alloc(0)), ...zoneSteps(zones)];
    if (saved) steps.push(savedStep(saved));
    for (const answers of names.values()) steps.push(...nameSteps(answers, zones, tallies, onProblem));
    return joined(steps);
  };

  return {
    compileAll,
    compile: (patch) => {
      for (const name of patch.removed) {
        names.delete(name);
        tallies.drop(name);
      }
      for (const answers of patch.names) names.set(answers.name, answers);
      const before = zones;
      if (patch.zones !== undefined) zones = compiledZones(patch.zones, onProblem);
      const savedBefore = saved;
      saved = patch.saved ?? saved;
      if (zones === undefined) return undefined;
      if (before === undefined || !sameKeys(before, zones)) return compileAll();

      const steps = patch.zones === undefined ? [] : zoneSteps(zones);
      if (saved !== savedBefore) steps.push(savedStep(saved));
      for (const name of patch.removed) if (!names.has(name)) steps.push(...removeSteps(name));
      for (const answers of patch.names) steps.push(...nameSteps(answers, zones, tallies, onProblem));
      return steps.length === 0 ? undefined : joined(steps);
    },
  };
}

interface CompiledZone {
  readonly apex: Name;
  readonly bytes: Buffer;
}

function compiledZones(
  zones: readonly ZoneAnswers[],
  onProblem: (problem: ServeProblem) => void,
): ReadonlyMap<string, CompiledZone> {
  const result = new Map<string, CompiledZone>();
  for (const zone of zones) {
    const names = zoneNames(zone);
    if (typeof names === 'string') onProblem(refusedAnswers(`Zone ${zone.name} is not served: ${names}`));
    else result.set(zone.name, { apex: names.apex, bytes: compileZone(zone, names) });
  }
  return result;
}

/** The names in wire form, or why there is none. */
function zoneNames(zone: ZoneAnswers): ZoneNames | string {
  const apex = parseName(zone.name);
  const mailbox = parseName(`hostmaster.${zone.name}`);
  const nameServers: Name[] = [];
  for (const text of zone.nameServers) {
    const name = parseName(text);
    if (!name.ok) return name.error.message;
    nameServers.push(name.value);
  }
  if (!apex.ok) return apex.error.message;
  if (!mailbox.ok) return mailbox.error.message;
  if (nameServers.length === 0) return 'it has no name server';
  return { apex: apex.value, nameServers, mailbox: mailbox.value };
}

// Parents first: the DNS thread enters a zone below one that is there.
function zoneSteps(zones: ReadonlyMap<string, CompiledZone>): Buffer[] {
  return [...zones.values()]
    .toSorted((a, b) => labelCount(a.apex) - labelCount(b.apex))
    .map((zone) => stepBytes(STEP.ZONE, zone.bytes));
}

function nameSteps(
  answers: NameAnswers,
  zones: ReadonlyMap<string, CompiledZone>,
  tallies: Pick<TallyBook, 'rowOf' | 'drop'>,
  onProblem: (problem: ServeProblem) => void,
): readonly Buffer[] {
  const name = parseName(answers.name);
  if (!name.ok) {
    onProblem(refusedAnswers(`A name is not answered: ${name.error.message}`));
    return [];
  }
  const zone = zones.get(answers.zone);
  if (zone === undefined || !isSubdomain(name.value, zone.apex)) {
    const why = zone === undefined ? 'which is not served' : 'in which it does not lie';
    onProblem(refusedAnswers(`${answers.name} is not answered: its zone is ${answers.zone}, ${why}`));
    return [stepBytes(STEP.REMOVE, name.value)];
  }
  return [stepBytes(STEP.NAME, compileName(answers, name.value, tallies, onProblem))];
}

function removeSteps(text: string): readonly Buffer[] {
  const name = parseName(text);
  return name.ok ? [stepBytes(STEP.REMOVE, name.value)] : [];
}

function savedStep(saved: boolean): Buffer {
  return stepBytes(STEP.SAVED, Buffer.from([saved ? 1 : 0]));
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}

function stepBytes(step: number, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(STEP_HEADER_BYTES + content.length);
  bytes[0] = step;
  writeUint32(bytes, 1, content.length);
  bytes.set(content, STEP_HEADER_BYTES);
  return bytes;
}

// Not from Buffer's pool: the whole buffer changes hands when it crosses to the DNS thread.
function joined(steps: readonly Buffer[]): Buffer<ArrayBuffer> {
  const length = steps.reduce((sum, step) => sum + step.length, 0);
  const bytes = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (const step of steps) {
    bytes.set(step, at);
    at += step.length;
  }
  return bytes;
}
