import { UnknownResourceError } from '#core/source/api-server/response-error.ts';
import { SourceError } from './errors.ts';
import { ignoring } from './ignoring.ts';

/** What a read found; undefined when it, or its whole kind, is not there. Other refusals reject. */
export function found<T>(reading: Promise<T>): Promise<T | undefined> {
  return ignoring('notFound', reading);
}

/** The objects of a list; none where its kind is not there. */
export async function foundAll<T>(reading: Promise<readonly T[]>): Promise<readonly T[]> {
  return (await found(reading)) ?? [];
}

/** As `found`, but rejects where the kind is not served: its CRD is gone, or the API server has only just begun. */
export async function foundWhereServed<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const absent = error instanceof SourceError && error.code === 'notFound';
    if (absent && !(error instanceof UnknownResourceError)) return undefined;
    throw error;
  }
}
