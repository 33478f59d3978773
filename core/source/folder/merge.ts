import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import { kindId } from './known-kinds.ts';
import type { ManifestFile } from './manifest.ts';

/** A fault in a folder, for people. */
export interface FolderProblem {
  /** Relative to the folder; empty: the folder itself. */
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

/** One object of a folder, with the file that says it. */
export interface Placed {
  readonly resource: Resource;
  readonly object: KubeObject;
  readonly file: string;
}

/** The objects of all files by kind and key. Where two files say the same object, the first by file name wins. */
export function mergeFiles(files: ReadonlyMap<string, ManifestFile>): {
  readonly objects: ReadonlyMap<string, ReadonlyMap<string, Placed>>;
  readonly problems: readonly FolderProblem[];
} {
  const objects = new Map<string, Map<string, Placed>>();
  const problems: FolderProblem[] = [];
  for (const file of [...files.keys()].sort()) {
    const { manifests, problems: found } = files.get(file) as ManifestFile;
    for (const { line, message } of found) problems.push({ file, line, message });
    for (const { resource, object, line } of manifests) {
      const kind = kindId(resource);
      const ofKind = objects.get(kind) ?? new Map<string, Placed>();
      objects.set(kind, ofKind);
      const key = objectKey(resource, object.metadata);
      const first = ofKind.get(key);
      if (first === undefined) ofKind.set(key, { resource, object, file });
      else {
        const where = first.file === file ? 'earlier in this file' : `in ${first.file}`;
        problems.push({
          file,
          line,
          message: `${resource.kind} ${key} stands ${where} already; this one is ignored`,
        });
      }
    }
  }
  return { objects, problems };
}
