/** One flag, as help shows it and the parser takes it. */
export type FlagSpec = {
  readonly describe: string;
  /** One letter. */
  readonly alias?: string;
} & (
  | { readonly type: 'boolean' }
  | {
      readonly type: 'string';
      /** What help shows for the value, for example NAME. */
      readonly placeholder: string;
      readonly choices?: readonly string[];
      readonly default?: string;
    }
  /** A string that may be given several times. */
  | { readonly type: 'list'; readonly placeholder: string }
  | { readonly type: 'integer'; readonly placeholder: string; readonly default?: number }
);

/** Flags by name, without the dashes. */
export type FlagSpecs = Readonly<Record<string, FlagSpec>>;

type Optional<S, T> = S extends { readonly default: T } ? T : T | undefined;

type FlagValue<S extends FlagSpec> = S extends { readonly type: 'boolean' }
  ? boolean
  : S extends { readonly type: 'list' }
    ? readonly string[]
    : S extends { readonly type: 'integer' }
      ? Optional<S, number>
      : S extends { readonly choices: readonly (infer C)[] }
        ? Optional<S, string> extends string
          ? C
          : C | undefined
        : Optional<S, string>;

/** What was given for each flag; absent: the default, false or an empty list. */
export type FlagValues<F extends FlagSpecs> = { readonly [K in keyof F]: FlagValue<F[K]> };
