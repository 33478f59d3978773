import type { ByHash, ByPlace, Choice, Leaf, Weighted } from '#sidecar/model/answers.ts';
import type { ClientNet } from './client-nets.ts';
import type { ClientPlaces } from './client-places.ts';

/** What a client gets of whom no more is to be known. */
export type Simple = Leaf | Weighted | ByHash;

/** The choices of the classes of places as one; without a table when they agree. */
export function joinPlaces(
  places: ClientPlaces | undefined,
  choiceOfClass: readonly Simple[],
  otherwise: Simple,
): Simple | ByPlace {
  if (places === undefined) return otherwise;
  const table = new Table<Simple>();
  const numbers = choiceOfClass.map((choice) => table.number(choice));
  const last = table.number(otherwise);
  if (table.choices.length === 1) return otherwise;
  return {
    kind: 'byPlace',
    revision: places.revision,
    choices: table.choices,
    choiceOfPlace: places.mapped(numbers),
    otherwise: last,
  };
}

/**
 * The choices of prefixes as one. A prefix whose clients get what those around it get is left out, so that an answer
 * holds for as wide a network as can be (SCOPE, RFC 7871 §7.2.1); without a table when all agree.
 * @param nets shorter prefixes first
 * @param choiceOfKind by the kind of a prefix
 */
export function joinNets(
  nets: readonly ClientNet[],
  choiceOfKind: readonly (Simple | ByPlace)[],
  otherwise: Simple | ByPlace,
): Choice {
  const table = new Table<Simple | ByPlace>();
  const last = table.number(otherwise);
  const numberOfKind = choiceOfKind.map((choice) => table.number(choice));
  const numbers = new Map<string | undefined, number>([[undefined, last]]);
  const listed: { prefix: string; choice: number }[] = [];
  for (const { prefix, parent, kind } of nets) {
    const number = numberOfKind[kind] as number;
    numbers.set(prefix, number);
    if (number !== numbers.get(parent)) listed.push({ prefix, choice: number });
  }
  if (listed.length === 0) return otherwise;
  return { kind: 'byNet', choices: table.choices, nets: listed, otherwise: last };
}

/** Distinct choices by number. */
class Table<Entry> {
  readonly choices: Entry[] = [];
  readonly #numbers = new Map<string, number>();

  number(choice: Entry): number {
    const key = JSON.stringify(choice);
    const number = this.#numbers.get(key) ?? this.choices.push(choice) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}
