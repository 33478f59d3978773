import { readKubeconfig } from '#core/source/kubeconfig/read.ts';
import type { Command, Program } from './command.ts';
import { findCommand } from './find-command.ts';
import type { FlagSpec, FlagSpecs } from './flags.ts';
import type { Io } from './io.ts';
import { globalFlagsOf } from './shared-flags.ts';

/** What is known of a command line that is still being typed. */
export interface Typed {
  /** Arguments before the word at the cursor. */
  readonly args: readonly string[];
  /** Values of flags before the word at the cursor, by name without dashes. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

/** Directives of cobra's completion protocol, which kubectl reads. */
const directives = { files: 0, noFiles: 4 } as const;

/** A cluster that answers later than this is of no use to somebody who types. */
const deadlineMs = 1500;

/**
 * Writes what may stand at the last of `words`, as kubectl asks for it by an executable `kubectl_complete-NAME`: a line
 * `value<TAB>description` each, then `:` and a directive. Never fails: what cannot be known is not offered.
 */
export async function complete(program: Program, words: readonly string[], io: Io): Promise<void> {
  const { values, directive } = await candidates(program, words, io);
  const current = words.at(-1) ?? '';
  const lines = values.filter((line) => line.startsWith(current)).map((line) => `${line}\n`);
  io.stdout.write(`${lines.join('')}:${directive}\n`);
}

interface Offer {
  readonly values: readonly string[];
  readonly directive: number;
}

const nothing: Offer = { values: [], directive: directives.noFiles };

async function candidates(program: Program, words: readonly string[], io: Io): Promise<Offer> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  const { entry, rest } = commandOf(program, before);
  const command: Command<FlagSpecs> | undefined = await entry?.load();
  const specs: FlagSpecs = { ...command?.flags, ...globalFlagsOf(program) };
  const { typed, open } = read(rest, specs);
  if (open !== undefined) return valuesOf(open, specs[open], typed, io);
  const assigned = /^--([^=]+)=/.exec(current);
  if (assigned?.[1] !== undefined) {
    const offer = await valuesOf(assigned[1], specs[assigned[1]], typed, io);
    return { ...offer, values: offer.values.map((value) => `${assigned[0]}${value}`) };
  }
  if (current.startsWith('-'))
    return { ...nothing, values: Object.entries(specs).map(([name, spec]) => flagLine(name, spec)) };
  if (entry === undefined)
    return { ...nothing, values: program.commands.map(({ name, summary }) => `${name}\t${summary}`) };
  return { ...nothing, values: await inTime(command?.complete?.(typed, io), io) };
}

/** The command, if there is one yet, and the other words. */
function commandOf(program: Program, words: readonly string[]) {
  try {
    return findCommand(program, words) ?? { entry: undefined, rest: words };
  } catch {
    return { entry: undefined, rest: words };
  }
}

/** Flags and arguments before the cursor; `open` is the flag whose value the cursor stands on. */
function read(words: readonly string[], specs: FlagSpecs) {
  const flags: Record<string, string[]> = {};
  const args: string[] = [];
  let open: string | undefined;
  for (const word of words) {
    if (open !== undefined) {
      flags[open] = [...(flags[open] ?? []), word];
      open = undefined;
      continue;
    }
    const [, dashes, name = '', value] = /^(--?)([^=]+)(?:=(.*))?$/.exec(word) ?? [];
    if (dashes === undefined) {
      args.push(word);
      continue;
    }
    const full = Object.hasOwn(specs, name)
      ? name
      : Object.keys(specs).find((each) => specs[each]?.alias === name);
    if (full === undefined || specs[full]?.type === 'boolean') continue;
    if (value === undefined) open = full;
    else flags[full] = [...(flags[full] ?? []), value];
  }
  return { typed: { args, flags }, open };
}

async function valuesOf(
  name: string,
  spec: FlagSpec | undefined,
  { flags }: Typed,
  { env }: Io,
): Promise<Offer> {
  if (spec?.type === 'string' && spec.choices !== undefined) return { ...nothing, values: spec.choices };
  if (name === 'context') {
    const file = await readKubeconfig(flags['kubeconfig']?.at(-1), env).catch(() => undefined);
    return { ...nothing, values: file?.contexts.map((context) => context.name) ?? [] };
  }
  const takesFile = spec !== undefined && 'placeholder' in spec && spec.placeholder.startsWith('FILE');
  return takesFile ? { values: [], directive: directives.files } : nothing;
}

function flagLine(name: string, { describe }: FlagSpec): string {
  return `${name.length === 1 ? '-' : '--'}${name}\t${describe}`;
}

async function inTime(
  work: Promise<readonly string[]> | undefined,
  { signal }: Io,
): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly string[]>();
  const timer = setTimeout(() => late.resolve([]), deadlineMs);
  const stop = (): void => late.resolve([]);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work?.catch(() => []) ?? [], late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
