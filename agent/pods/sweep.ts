import { labels } from '#agent/model/names.ts';
import type { NamespacePair } from '#agent/model/provider-link.ts';
import { shadowPods } from '#core/api/offload/shadow-pod.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { consumerUID } from './pod.ts';
import type { Tombstones } from './tombstones.ts';

export interface SweepOptions {
  readonly pair: NamespacePair;
  readonly remote: Pick<ApiServerSource, 'readList' | 'delete'>;
  readonly origin: string;
  readonly tombstones: Tombstones;
  /** UID of the pod of that name here, asked of the API server; undefined: there is none. */
  readonly localUID: (name: string) => Promise<string | undefined>;
  /** UID that the local list has for that name, where it has one. */
  readonly knownUID: (name: string) => string | undefined;
}

/**
 * Deletes what is left in a twin of pods that are gone here: those with a tombstone, and those that were deleted while
 * nobody watched. It is done before anything else in that namespace, each time that the provider is reached again.
 * Reads the list as it is now, not as a watch had it. Rejects with SourceError; again is safe.
 */
export async function sweep(options: SweepOptions): Promise<{ readonly deleted: readonly string[] }> {
  const { pair, remote, origin, tombstones, localUID, knownUID } = options;
  const buried = await tombstones.of(pair.local);
  const dead = new Set(buried.map(({ uid }) => uid));
  const there = await remote.readList(shadowPods, {
    namespace: pair.remote,
    labelSelector: `${labels.origin}=${origin}`,
  });
  const leftovers = await Promise.all(
    there.map(async (shadow) => {
      const uid = consumerUID(shadow);
      const { name } = shadow.metadata;
      if (uid !== undefined && dead.has(uid)) return [shadow];
      if (uid !== undefined && knownUID(name) === uid) return [];
      return uid !== undefined && (await localUID(name)) === uid ? [] : [shadow];
    }),
  );
  const doomed = leftovers.flat();
  await Promise.all(
    doomed.map(({ metadata }) =>
      remote.delete(shadowPods, `${pair.remote}/${metadata.name}`, metadata.uid ? { uid: metadata.uid } : {}),
    ),
  );
  await tombstones.remove(buried);
  return { deleted: doomed.map(({ metadata }) => metadata.name) };
}
