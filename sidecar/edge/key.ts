import { readFile } from 'node:fs/promises';
import { parseKeyFile } from '#core/wire/key-file.ts';
import type { TsigKey } from '#core/wire/tsig-key.ts';
import type { UpdateFault } from './update.ts';

/** The key that signs updates, read from its file each time, so that a rotated one is used at once. */
export interface KeyReader {
  /** Undefined without a key file: updates are not signed. */
  read(): Promise<TsigKey | undefined | UpdateFault>;
  /** Whether the file differs from what `read` saw last. */
  hasChanged(): Promise<boolean>;
}

export function keyReader(keyFile: string | undefined): KeyReader {
  let seen: string | undefined;
  return {
    async read() {
      if (keyFile === undefined) return undefined;
      const file = await readText(keyFile);
      seen = file.text;
      if (file.fault !== undefined) return { code: 'KeyFileUnreadable', detail: file.fault };
      const keys = parseKeyFile(file.text);
      return keys.ok ? keys.value[0] : { code: 'KeyFileInvalid', detail: keys.error.message };
    },
    hasChanged: async () => keyFile !== undefined && (await readText(keyFile)).text !== seen,
  };
}

/** A file that cannot be read counts as an empty one. */
async function readText(path: string): Promise<{ readonly text: string; readonly fault?: string }> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    return { text: '', fault: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
