/** A flag that cannot be used. `message` has the facts, `hint` the remedy. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
  readonly code = 'FLAG';
  readonly hint: string;
  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
