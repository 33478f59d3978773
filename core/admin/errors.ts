/** `invalid`: an answer that is not of the shape in schema.ts. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: 'invalid';
  /** What to look at. */
  readonly hint: string;

  constructor(code: 'invalid', message: string, hint: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}
