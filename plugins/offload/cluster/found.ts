import { SourceError } from '#core/source/errors.ts';

/** What a read found; undefined when it, or its whole kind, is not there. */
export async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceError && error.code === 'notFound') return undefined;
    throw error;
  }
}

/** The objects of a list; none where its kind is not there. */
export async function foundAll<T>(reading: Promise<readonly T[]>): Promise<readonly T[]> {
  return (await found(reading)) ?? [];
}
