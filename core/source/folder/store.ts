import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { objectKey } from '#core/api/resource.ts';
import type { Change } from '#core/source/source.ts';
import { withIdentity } from './identity.ts';
import { kindId } from './known-kinds.ts';
import type { Placed } from './merge.ts';
import { mergePatch } from './merge-patch.ts';

/** One object, by who says what of it. */
interface Entry {
  readonly resource: Resource;
  /** What a file says. */
  file?: Placed | undefined;
  /** What was applied by the program; merged over the file's. Lost with the process: loops apply it again. */
  applied?: KubeObject | undefined;
  /** What was patched into status by the program; merged over the file's. */
  status?: unknown;
  current: KubeObject;
}

export type StoreListener = (change: Change<KubeObject>) => void;

/** The objects of a folder, with what the program itself laid over them, as an API server would hold them. */
export class FolderStore {
  readonly #kinds = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Map<string, Set<StoreListener>>();
  #revision = 0;

  /**
   * Takes over what the files say now. `createdAt` is asked once for a new object, `rememberedStatus` too: what
   * an earlier process wrote there.
   */
  replaceFiles(
    objects: ReadonlyMap<string, ReadonlyMap<string, Placed>>,
    first: {
      readonly createdAt: (placed: Placed) => string;
      readonly rememberedStatus: (resource: Resource, key: string) => unknown;
    },
  ): void {
    for (const [kind, entries] of this.#kinds) {
      const wanted = objects.get(kind);
      for (const [key, entry] of entries) {
        if (entry.file !== undefined && !wanted?.has(key))
          this.#set(entry, key, { ...entry, file: undefined });
      }
    }
    for (const placed of [...objects.values()].flatMap((ofKind) => [...ofKind.values()])) {
      const key = objectKey(placed.resource, placed.object.metadata);
      const entry = this.#entry(placed.resource, key);
      if (entry?.file?.object === placed.object) entry.file = placed;
      else {
        const status = entry === undefined ? first.rememberedStatus(placed.resource, key) : entry.status;
        this.#set(
          entry,
          key,
          { resource: placed.resource, applied: entry?.applied, file: placed, status },
          () => first.createdAt(placed),
        );
      }
    }
    this.#collectOrphans();
  }

  apply(resource: Resource, object: KubeObject, createdAt: string): KubeObject {
    const key = objectKey(resource, object.metadata);
    const entry = this.#entry(resource, key);
    const changed = { resource, file: entry?.file, applied: object, status: entry?.status };
    this.#set(entry, key, changed, () => createdAt);
    return (this.#entry(resource, key) as Entry).current;
  }

  /** Returns the object with its new status, or undefined when there is no such object. */
  patchStatus(resource: Resource, key: string, status: unknown): KubeObject | undefined {
    const entry = this.#entry(resource, key);
    if (entry === undefined) return undefined;
    this.#set(entry, key, { ...entry, status: mergePatch(entry.status, status) });
    return entry.current;
  }

  /** Removes what was applied. Returns the file that says the object as well, if there is one. */
  withdraw(resource: Resource, key: string): string | undefined {
    const entry = this.#entry(resource, key);
    if (entry === undefined) return undefined;
    this.#set(entry, key, { ...entry, applied: undefined });
    return entry.file?.file;
  }

  get(resource: Resource, key: string): KubeObject | undefined {
    return this.#entry(resource, key)?.current;
  }

  *list(resource: Resource): Iterable<KubeObject> {
    for (const entry of this.#kinds.get(kindId(resource))?.values() ?? []) yield entry.current;
  }

  /** Calls the listener for every later change of this kind, until the returned function is called. */
  listen(resource: Resource, listener: StoreListener): () => void {
    const id = kindId(resource);
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  #entry(resource: Resource, key: string): Entry | undefined {
    return this.#kinds.get(kindId(resource))?.get(key);
  }

  #set(entry: Entry | undefined, key: string, wanted: Omit<Entry, 'current'>, createdAt = () => ''): void {
    const { resource, file, applied, status } = wanted;
    const ofKind = this.#kinds.get(kindId(resource)) ?? new Map<string, Entry>();
    this.#kinds.set(kindId(resource), ofKind);
    const said = applied === undefined ? file?.object : mergePatch(file?.object, applied);
    if (said === undefined) {
      ofKind.delete(key);
      if (entry !== undefined) this.#tell(resource, { type: 'deleted', object: entry.current });
      return;
    }
    const whole = (status === undefined ? said : mergePatch(said, { status })) as KubeObject;
    const current = withIdentity(resource, whole, entry?.current, {
      createdAt: entry === undefined ? createdAt() : '',
      resourceVersion: String(this.#revision + 1),
    });
    const before = entry?.current;
    // The entry keeps its identity: callers hold it across a set.
    const kept = entry ?? { resource, current };
    Object.assign(kept, { file, applied, status, current });
    ofKind.set(key, kept);
    if (current === before) return;
    this.#revision++;
    this.#tell(resource, { type: 'applied', object: current });
  }

  /** As Kubernetes' garbage collector: an applied object goes when none of its owners is left. */
  #collectOrphans(): void {
    const applied = [...this.#kinds.values()].flatMap((entries) =>
      [...entries].filter(
        ([, { file, applied }]) => file === undefined && applied?.metadata.ownerReferences?.length,
      ),
    );
    if (applied.length === 0) return;
    const uids = new Set(
      [...this.#kinds.values()].flatMap((entries) =>
        [...entries.values()].map((e) => e.current.metadata.uid),
      ),
    );
    for (const [key, entry] of applied) {
      const owners = entry.applied?.metadata.ownerReferences ?? [];
      if (!owners.some((owner) => uids.has(owner.uid)))
        this.#set(entry, key, { ...entry, applied: undefined });
    }
  }

  #tell(resource: Resource, change: Change<KubeObject>): void {
    for (const listener of this.#listeners.get(kindId(resource)) ?? []) listener(change);
  }
}
