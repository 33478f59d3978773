import { SourceError, type SourceErrorCode } from './errors.ts';

/** What the work comes to; undefined where it is refused in this way, or one of these, which is as good as done. */
export async function ignoring<T>(
  codes: SourceErrorCode | readonly SourceErrorCode[],
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SourceError && [codes].flat().includes(error.code)) return undefined;
    throw error;
  }
}
