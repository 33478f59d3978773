/** Something that this machine lacks. `message` has the facts, `hint` the command that provides it. */
export class HostError extends Error {
  readonly code: 'NO_PACKAGES' | 'NO_GO' | 'GO_BUILD' | 'NO_LOCK';
  readonly hint: string;
  constructor(code: HostError['code'], message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HostError';
    this.code = code;
    this.hint = hint;
  }
}
