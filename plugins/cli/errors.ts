import { exitCodes } from './exit-codes.ts';

/**
 * `usage`: the command line is wrong. `notFound`: what was named does not exist. `kubeconfig`: it cannot be used as
 * asked. `cluster`: a cluster did not do what was asked. `timedOut`: what was waited for did not happen in time.
 * `interrupted`: Ctrl-C while something goes on in a cluster.
 */
export type CliErrorCode = 'usage' | 'notFound' | 'kubeconfig' | 'cluster' | 'timedOut' | 'interrupted';

/** An error for the person at the terminal: `error: <message>`, `hint: <hint>`. The message reads `<what>: <why>`. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  /** The command or setting that mends it. */
  readonly hint: string | undefined;

  constructor(
    code: CliErrorCode,
    message: string,
    options: { readonly hint?: string | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }

  get exitCode(): number {
    if (this.code === 'usage') return exitCodes.usage;
    if (this.code === 'interrupted') return exitCodes.interrupted;
    return this.code === 'timedOut' ? exitCodes.timedOut : exitCodes.error;
  }
}
