/** Why the place database that was asked for is not the one that is used. Told, never thrown. */
export interface PlacesProblem {
  readonly code: 'places-missing' | 'places-unreadable' | 'places-malformed' | 'places-empty' | 'places-slow';
  /** A sentence with the facts. */
  readonly message: string;
  /** The same, as far as it is about the file alone. */
  readonly why: string;
  /** What mends it. */
  readonly hint: string;
  readonly cause?: unknown;
}

/** What a load came to when it failed; crosses from its thread. */
export interface LoadFailure {
  readonly code: PlacesProblem['code'];
  /** Whole sentences. */
  readonly why: string;
  readonly hint: string;
}

/** The problem with the file at `path`; `inUse`: an earlier version of it is still used. */
export function placesProblem(path: string, failure: LoadFailure, inUse: boolean): PlacesProblem {
  const consequence = inUse
    ? 'The one that was loaded before stays in use.'
    : 'Until it is there, nobody has a place, and answers by place are those for clients without one.';
  const why = `The place database ${path} is not loaded. ${failure.why}`;
  return {
    code: failure.code,
    message: `${why} ${consequence}`,
    why,
    hint: `${failure.hint} It is loaded by itself once it changes.`,
  };
}
