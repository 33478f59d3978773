import { type ManifestFile, readManifests } from './manifest.ts';
import type { FolderProblem, Placed } from './merge.ts';
import { mergeFiles } from './merge.ts';
import { type Scan, scan } from './scan.ts';

export interface FolderContents {
  /** Undefined while the folder has never been readable. */
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, Placed>> | undefined;
  /** Whether anything may differ from the last look. */
  readonly changed: boolean;
  readonly problems: readonly FolderProblem[];
  readonly directories: ReadonlyMap<string, number>;
  /** Whether to look again soon. */
  readonly unsettled: boolean;
}

/** A folder's files from look to look: what cannot be read now counts as it last stood. */
export class FolderFiles {
  readonly #root: string;
  #scan: Scan | undefined;
  #manifests: ReadonlyMap<string, ManifestFile> = new Map();
  #contents: FolderContents = {
    objects: undefined,
    changed: false,
    problems: [],
    directories: new Map(),
    unsettled: false,
  };

  constructor(root: string) {
    this.#root = root;
  }

  /** Never rejects: a folder that cannot be read is a problem, and all in it stays. */
  async look(): Promise<FolderContents> {
    let found: Scan;
    try {
      found = await scan(this.#root, this.#scan);
    } catch (error) {
      const message = `${this.#root} cannot be read: ${(error as Error).message}`;
      return { ...this.#contents, changed: false, unsettled: false, problems: [{ file: '', message }] };
    }
    const unreadable = [...found.unreadable].map(([file, message]) => ({
      file,
      message: `cannot be read: ${message}`,
    }));
    const manifests = new Map<string, ManifestFile>();
    for (const [path, file] of found.files) {
      const last = this.#manifests.get(path);
      const same = last !== undefined && this.#scan?.files.get(path) === file;
      manifests.set(path, same ? last : this.#read(file.text, last));
    }
    for (const [path, last] of this.#manifests) {
      const hidden = [...found.unreadable.keys()].some(
        (lost) => path === lost || path.startsWith(`${lost}/`),
      );
      if (hidden) manifests.set(path, last);
    }
    const changed =
      this.#contents.objects === undefined ||
      manifests.size !== this.#manifests.size ||
      [...manifests].some(([path, file]) => this.#manifests.get(path) !== file);
    this.#scan = found;
    this.#manifests = manifests;
    const { directories, unsettled } = found;
    if (!changed) {
      this.#contents = { ...this.#contents, directories, unsettled };
      return { ...this.#contents, changed, problems: [...this.#contents.problems, ...unreadable] };
    }
    this.#contents = { ...mergeFiles(manifests), changed, directories, unsettled };
    return { ...this.#contents, problems: [...this.#contents.problems, ...unreadable] };
  }

  /** When a file was last written; 0 when it is gone. */
  modifiedAtMs(path: string): number {
    return this.#scan?.files.get(path)?.modifiedAtMs ?? 0;
  }

  #read(text: string, last: ManifestFile | undefined): ManifestFile {
    const read = readManifests(text, last);
    if (read.wellFormed) return read;
    // Its last good objects stay, its faults are new; the good documents are remembered for the next reading.
    const documents = new Map([...(last?.documents ?? []), ...read.documents]);
    return { ...read, documents, manifests: last?.manifests ?? [] };
  }
}
