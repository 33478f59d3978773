/** Why an image cannot be built. `message` has the facts, `hint` what mends it. */
export class ImageError extends Error {
  readonly code: 'BAD_ENTRY' | 'MISSING_LIBRARY' | 'CHANGED_WHILE_READ';
  readonly hint: string;
  constructor(code: ImageError['code'], message: string, hint: string) {
    super(message);
    this.name = 'ImageError';
    this.code = code;
    this.hint = hint;
  }
}
