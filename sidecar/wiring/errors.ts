/** A flag that cannot be used. `message` has the facts, `hint` the remedy. */
export class FlagError extends Error {
  readonly code = 'FLAG';
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FlagError';
    this.hint = hint;
  }
}
