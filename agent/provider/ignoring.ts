import { SourceError } from '#core/source/errors.ts';

/** Awaits a write for which a refusal of this kind means that nothing is left to do. */
export async function ignoring(code: SourceError['code'], work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof SourceError && error.code === code)) throw error;
  }
}
