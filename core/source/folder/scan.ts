import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** One YAML file as last read. */
export interface ScannedFile {
  readonly text: string;
  /** When it was written, milliseconds since 1970. */
  readonly modifiedAtMs: number;
  /** Changes whenever the file may have: inode, size and times. */
  readonly fingerprint: string;
}

export interface Scan {
  /** By path relative to the folder. */
  readonly files: ReadonlyMap<string, ScannedFile>;
  /** The folder and all below it: absolute path to inode, which tells a new folder of an old name. */
  readonly directories: ReadonlyMap<string, number>;
  /** Files that could not be read, by path. */
  readonly unreadable: ReadonlyMap<string, string>;
  /** Whether a file was written to a moment ago; it counts as it was before. */
  readonly unsettled: boolean;
}

/** A file that was written to more recently than this may be half of one. Less than what a watch waits anyway. */
const freshMs = 50;

/**
 * Reads the *.yaml and *.yml files of a folder and of the folders in it. Names that begin with a dot are passed
 * over (`.status`, and the insides of mounted ConfigMaps); links to files are followed, links to folders are not.
 * Files whose fingerprint is that of the previous scan are not read again; those just being written wait for the
 * next scan, unless this is the first. Rejects when the folder itself cannot be read.
 */
export async function scan(root: string, previous: Scan | undefined): Promise<Scan> {
  const files = new Map<string, ScannedFile>();
  const directories = new Map<string, number>();
  const unreadable = new Map<string, string>();
  let unsettled = false;

  const enter = async (relative: string): Promise<void> => {
    const directory = join(root, relative);
    directories.set(directory, (await stat(directory)).ino);
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(relative, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) await enter(path).catch((error: Error) => unreadable.set(path, error.message));
      else if (/\.ya?ml$/.test(entry.name)) {
        await read(path).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') unreadable.set(path, error.message);
        });
      }
    }
  };
  const read = async (path: string): Promise<void> => {
    const file = join(root, path);
    const { ino, size, mtimeMs, ctimeMs, isFile } = await stat(file).then((s) => ({
      ...s,
      isFile: s.isFile(),
    }));
    if (!isFile) return;
    const fingerprint = `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
    const known = previous?.files.get(path);
    const ageMs = Date.now() - mtimeMs;
    if (known?.fingerprint === fingerprint) files.set(path, known);
    else if (previous !== undefined && ageMs >= 0 && ageMs < freshMs) {
      unsettled = true;
      if (known !== undefined) files.set(path, known);
    } else files.set(path, { text: await readFile(file, 'utf8'), modifiedAtMs: mtimeMs, fingerprint });
  };
  await enter('');
  return { files, directories, unreadable, unsettled };
}
