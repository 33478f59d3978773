import { configMaps } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import { found } from '#core/source/found.ts';

/** A pod whose object here is gone while its copy at an unreachable provider may still run. */
export interface Tombstone {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** When it was written, RFC 3339. */
  readonly time: string;
}

/** Tombstones of one provider; kept in a ConfigMap, one key per pod UID, so that they outlive the agent. */
export interface Tombstones {
  /** Those of a namespace. */
  of(namespace: string): Promise<readonly Tombstone[]>;
  /** Resolves when it is written. */
  add(tombstone: Tombstone): Promise<void>;
  remove(tombstones: readonly Tombstone[]): Promise<void>;
  /** Namespaces that have any. */
  namespaces(): Promise<ReadonlySet<string>>;
}

const configMapName = 'offload-tombstones';

/** The tombstones in `namespace`. One process writes them at a time. All reject with SourceError. */
export function tombstonesIn(
  source: Pick<ApiServerSource, 'get' | 'create' | 'patch'>,
  namespace: string,
): Tombstones {
  const key = `${namespace}/${configMapName}`;
  let loading: Promise<Map<string, Tombstone>> | undefined;

  /** Read once; a failure is not kept. */
  const held = (): Promise<Map<string, Tombstone>> => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const load = async (): Promise<Map<string, Tombstone>> => {
    const { data = {} } = (await found(source.get(configMaps, key))) ?? {};
    return new Map(
      Object.entries(data).flatMap(([uid, text]) => {
        const tombstone = readTombstone(uid, text);
        return tombstone === undefined ? [] : [[uid, tombstone] as const];
      }),
    );
  };
  const write = async (data: Readonly<Record<string, string | null>>): Promise<void> => {
    try {
      await source.patch(configMaps, key, { data });
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'notFound') throw error;
      const kept = Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== null);
      if (kept.length === 0) return;
      await source.create(configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace, name: configMapName },
        data: Object.fromEntries(kept),
      });
    }
  };

  return {
    of: async (wanted) => [...(await held()).values()].filter((one) => one.namespace === wanted),
    namespaces: async () => new Set([...(await held()).values()].map((one) => one.namespace)),
    add: async (tombstone) => {
      const all = await held();
      if (all.has(tombstone.uid)) return;
      await write({ [tombstone.uid]: JSON.stringify(tombstone) });
      all.set(tombstone.uid, tombstone);
    },
    remove: async (gone) => {
      if (gone.length === 0) return;
      const all = await held();
      await write(Object.fromEntries(gone.map(({ uid }) => [uid, null])));
      for (const { uid } of gone) all.delete(uid);
    },
  };
}

/** Undefined where somebody wrote something else there. */
export function readTombstone(uid: string, text: string): Tombstone | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Undefined says it.
    return undefined;
  }
  const { namespace, name, time } = (value ?? {}) as Partial<Record<keyof Tombstone, unknown>>;
  return typeof namespace === 'string' && typeof name === 'string' && typeof time === 'string'
    ? { namespace, name, uid, time }
    : undefined;
}
