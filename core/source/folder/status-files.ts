import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { apiVersion, splitKey } from '#core/api/resource.ts';
import { SourceError } from '#core/source/errors.ts';

/**
 * Status objects on disk: `<folder>/.status/<kind>.<namespace>.<name>.yaml`, or below the state directory where the
 * folder is read-only. Replaced by rename, so that a reader never sees half of one.
 */
export class StatusFiles {
  readonly #places: readonly string[];
  readonly #writes = new Map<string, Promise<void>>();
  #remembered = new Map<string, unknown>();
  #first = 0;

  constructor(directory: string, stateDirectory: string | undefined) {
    const places = [join(directory, '.status')];
    this.#places = stateDirectory === undefined ? places : [...places, join(stateDirectory, 'status')];
  }

  /** Reads what an earlier process left. What cannot be read is passed over: it is only a memory. */
  async load(): Promise<void> {
    const found = new Map<string, unknown>();
    for (const place of this.#places) {
      for (const name of await readdir(place).catch(() => [])) {
        if (!name.endsWith('.yaml') || found.has(name)) continue;
        const status = await readFile(join(place, name), 'utf8')
          .then((text) => (parse(text) as { readonly status?: unknown } | null)?.status)
          .catch(() => undefined);
        if (typeof status === 'object' && status !== null) found.set(name, status);
      }
    }
    this.#remembered = found;
  }

  remembered(resource: Resource, key: string): unknown {
    return this.#remembered.get(fileName(resource, key));
  }

  /** Writes the object's status. Rejects with SourceError `readOnly` when there is no place for it. */
  write(resource: Resource, key: string, object: KubeObject): Promise<void> {
    const name = fileName(resource, key);
    const { namespace } = object.metadata;
    const content = stringify(
      {
        apiVersion: apiVersion(resource),
        kind: resource.kind,
        metadata: { ...(namespace === undefined ? {} : { namespace }), name: object.metadata.name },
        status: (object as KubeObject & { readonly status?: unknown }).status,
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    );
    return this.#inOrder(name, () => this.#write(name, content));
  }

  /** Removes the file of an object that is gone. */
  remove(resource: Resource, key: string): Promise<void> {
    const name = fileName(resource, key);
    this.#remembered.delete(name);
    return this.#inOrder(name, async () => {
      for (const place of this.#places) await rm(join(place, name), { force: true }).catch(() => undefined);
    });
  }

  async #write(name: string, content: string): Promise<void> {
    for (let index = this.#first; index < this.#places.length; index++) {
      const place = this.#places[index] as string;
      try {
        await mkdir(place, { recursive: true });
        await writeFile(join(place, `.${name}.new`), content);
        await rename(join(place, `.${name}.new`), join(place, name));
        this.#first = index;
        return;
      } catch (cause) {
        if (index + 1 < this.#places.length) continue;
        const { message } = cause as Error;
        throw new SourceError('readOnly', `status cannot be written to ${place}: ${message}`, {
          hint: 'Make the folder writable, or name a writable one with --state-dir.',
          cause,
        });
      }
    }
  }

  /** One write of a file at a time, in the order of the calls. */
  #inOrder(name: string, work: () => Promise<void>): Promise<void> {
    const next = (this.#writes.get(name) ?? Promise.resolve()).catch(() => undefined).then(work);
    const tail = next
      .catch(() => undefined)
      .finally(() => {
        if (this.#writes.get(name) === tail) this.#writes.delete(name);
      });
    this.#writes.set(name, tail);
    return next;
  }
}

/** Names of objects are DNS names, so they are names of files. Groups that share a kind are told apart. */
function fileName(resource: Resource, key: string): string {
  const { namespace, name } = splitKey(resource, key);
  const kind = resource.group === 'k8gb.absa.oss' ? `${resource.kind}.${resource.group}` : resource.kind;
  return `${[kind.toLowerCase(), namespace, name].filter((part) => part !== undefined).join('.')}.yaml`;
}
