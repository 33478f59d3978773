import type { Program } from './command.ts';
import type { FlagSpecs, FlagValues } from './flags.ts';

/** kubectl's own flags that every command takes, with kubectl's meanings. */
export const globalFlags = {
  namespace: {
    type: 'string',
    alias: 'n',
    placeholder: 'NAMESPACE',
    describe: "look in this namespace (default: the context's)",
  },
  context: {
    type: 'list',
    placeholder: 'NAME',
    describe: 'context of the kubeconfig to ask; repeat it to ask several (default: the current one)',
  },
  kubeconfig: {
    type: 'string',
    placeholder: 'FILE',
    describe: 'kubeconfig to use (default: $KUBECONFIG, else ~/.kube/config)',
  },
  'request-timeout': {
    type: 'string',
    placeholder: 'DURATION',
    default: '10s',
    describe:
      'give up on one request to an API server after this long, for example 1s or 2m; 0 waits for ever',
  },
  color: {
    type: 'string',
    placeholder: 'WHEN',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    describe: 'colour the output; auto: on a terminal, unless NO_COLOR is set',
  },
  v: {
    type: 'integer',
    placeholder: 'LEVEL',
    default: 0,
    describe: 'verbosity: 1 shows the causes of errors, 6 stack traces too',
  },
  help: { type: 'boolean', alias: 'h', describe: 'show help' },
} as const satisfies FlagSpecs;

/** The same as a program words them. */
export function globalFlagsOf({ flagTexts = {} }: Pick<Program, 'flagTexts'>): FlagSpecs {
  return Object.fromEntries(
    Object.entries(globalFlags).map(([name, spec]) => [
      name,
      { ...spec, describe: flagTexts[name] ?? spec.describe },
    ]),
  );
}

/** Flags that several commands take, one by one, so that each is worded and meant alike everywhere. */
export const commonFlags = {
  'all-contexts': { type: 'boolean', describe: 'ask every context of the kubeconfig' },
  client: { type: 'boolean', describe: 'this plugin only; asks no cluster' },
  'no-headers': { type: 'boolean', describe: 'leave out the headers of the table' },
  yes: { type: 'boolean', alias: 'y', describe: 'do not ask' },
} as const satisfies FlagSpecs;

/** `--output`, with the formats that a command has. */
export function outputFlag<const T extends string>(choices: readonly T[], describe: string) {
  return { type: 'string', alias: 'o', placeholder: 'FORMAT', choices, describe } as const;
}

/** `--timeout` of a command that waits, `what` for. */
export function timeoutFlag(usual: string, what = '') {
  const describe = `wait at most this long${what && ` for ${what}`}`;
  return { type: 'string', placeholder: 'DURATION', default: usual, describe } as const;
}

/** What `--output` says where the usual output is no table. */
export const textByDefault = 'output format (default: text)';

/** Flags of commands that list objects. */
export const listFlags = {
  'all-namespaces': { type: 'boolean', alias: 'A', describe: 'look in all namespaces' },
  'all-contexts': commonFlags['all-contexts'],
  selector: {
    type: 'string',
    alias: 'l',
    placeholder: 'SELECTOR',
    describe: 'only objects with these labels, for example app=podinfo,tier!=test',
  },
  output: outputFlag(['json', 'yaml', 'name', 'wide'], 'output format (default: a table)'),
  'no-headers': commonFlags['no-headers'],
} as const satisfies FlagSpecs;

export type GlobalFlagValues = FlagValues<typeof globalFlags>;
