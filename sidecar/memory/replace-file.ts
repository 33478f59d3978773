import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How the name of a file that is being written ends. */
export const temporaryEnd = '.tmp';

/**
 * Puts a file in the place of another at once: whoever reads the path, even after a power failure, finds the whole one
 * or the whole other. Only its owner may read it.
 * @param modifiedMs what becomes its time of modification, ms since 1970
 */
export async function replaceFile(path: string, bytes: Uint8Array, modifiedMs: number): Promise<void> {
  // A name of its own: in another container's view this process may have the same number.
  const temporary = `${path}.${randomUUID().slice(0, 8)}${temporaryEnd}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.utimes(modifiedMs / 1000, modifiedMs / 1000);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
