import { SourceError } from '#core/source/errors.ts';

/** What a read found; undefined when it is not there. */
export async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceError && error.code === 'notFound') return undefined;
    throw error;
  }
}
