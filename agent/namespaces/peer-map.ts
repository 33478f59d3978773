import { isDeepStrictEqual } from 'node:util';
import { labels, names } from '#agent/model/names.ts';
import type { NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { type NamespaceMap, namespaceMaps } from '#core/api/offload/namespace-map.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import type { Watch } from '#core/source/source.ts';
import type { Twin } from './offloading-status.ts';

/** A provider's NamespaceMap as it stands there, with its mirror here. */
export interface PeerMap {
  readonly link: ProviderLink;
  /** What is known of it: what stands there, or before that could be read, its mirror. */
  known(): NamespaceMap | undefined;
  /** Whether the map at the provider has been read since this process began. */
  readonly isRead: boolean;
  /** Brings the mirror to what is wanted and to what the provider says. */
  writeMirror(desired: Mapping): Promise<void>;
  /** Brings the provider's map to what is wanted, if it has been read and the provider answers. */
  writeRemote(desired: Mapping): Promise<void>;
  /** Ends the watch. */
  close(): void;
}

type Mapping = Readonly<Record<string, string>>;

export interface PeerMapOptions {
  readonly link: ProviderLink;
  readonly source: ApiServerSource;
  /** Of this cluster. */
  readonly clusterID: string;
  /** NamespaceMaps of this cluster. */
  readonly mirrors: Watch<NamespaceMap>;
  readonly onChange: () => void;
}

/** Watches a provider's NamespaceMap until closed, or the signal or the link's aborts. */
export function peerMap(options: PeerMapOptions, outer: AbortSignal): PeerMap {
  const { link, source, clusterID, mirrors, onChange } = options;
  const { remote, remoteTenantNamespace, tenantNamespace } = link;
  const own = new AbortController();
  const signal = AbortSignal.any([outer, link.signal, own.signal]);
  const remoteKey = `${remoteTenantNamespace}/${names.peering}`;
  let isRead = false;
  const watch = remote.watch(
    {
      resource: namespaceMaps,
      namespace: remoteTenantNamespace,
      fieldSelector: `metadata.name=${names.peering}`,
      onChange,
    },
    signal,
  );
  watch.synced.then(
    () => {
      isRead = true;
      onChange();
    },
    () => undefined,
  );
  link.onChange(onChange, signal);
  const mirror = (): NamespaceMap | undefined => mirrors.get(`${tenantNamespace}/${link.clusterID}`);

  return {
    link,
    known: () => (isRead ? watch.get(remoteKey) : mirror()),
    get isRead() {
      return isRead;
    },
    writeMirror: async (desired) => {
      const found = mirror();
      const mirrorKey = `${tenantNamespace}/${link.clusterID}`;
      if (found === undefined) {
        await source.create(namespaceMaps, {
          apiVersion: 'offloading.liqo.io/v1beta1',
          kind: 'NamespaceMap',
          metadata: {
            name: link.clusterID,
            namespace: tenantNamespace,
            labels: { [labels.replication]: 'true', [labels.remoteClusterID]: link.clusterID },
          },
          spec: { desiredMapping: desired },
        });
      } else {
        await writeDesired(source, mirrorKey, found, desired);
      }
      if (!isRead) return;
      const before = found?.status?.currentMapping ?? {};
      const after = watch.get(remoteKey)?.status?.currentMapping ?? {};
      if (isDeepStrictEqual(before, after)) return;
      await source.patchStatus(namespaceMaps, mirrorKey, { currentMapping: twinsPatch(before, after) });
    },
    writeRemote: async (desired) => {
      if (!isRead || link.state().kind !== 'connected') return;
      const found = watch.get(remoteKey);
      if (found === undefined && Object.keys(desired).length === 0) return;
      if (found === undefined) {
        await remote.create(namespaceMaps, {
          apiVersion: 'offloading.liqo.io/v1beta1',
          kind: 'NamespaceMap',
          metadata: {
            name: names.peering,
            namespace: remoteTenantNamespace,
            labels: { [labels.replication]: 'true', [labels.remoteClusterID]: clusterID },
          },
          spec: { desiredMapping: desired },
        });
        return;
      }
      await writeDesired(remote, remoteKey, found, desired);
    },
    close: () => own.abort(),
  };
}

/**
 * Writes the whole mapping, if it differs. Merge-patched: a map that server-side apply empties becomes null, which the
 * schema refuses.
 */
async function writeDesired(
  source: Pick<ApiServerSource, 'patch'>,
  key: string,
  found: NamespaceMap,
  desired: Mapping,
): Promise<void> {
  const before = found.spec?.desiredMapping ?? {};
  if (isDeepStrictEqual(before, desired)) return;
  const gone = Object.keys(before).filter((namespace) => !Object.hasOwn(desired, namespace));
  const desiredMapping = { ...Object.fromEntries(gone.map((namespace) => [namespace, null])), ...desired };
  await source.patch(namespaceMaps, key, { spec: { desiredMapping } });
}

type Twins = Readonly<Record<string, Twin>>;

/** A merge patch that turns one currentMapping into another. */
function twinsPatch(before: Twins, after: Twins) {
  const gone = Object.keys(before).filter((namespace) => !Object.hasOwn(after, namespace));
  const twins = Object.entries(after).map(([namespace, twin]) => [
    namespace,
    { reason: null, message: null, remoteNamespace: null, phase: null, ...twin },
  ]);
  return { ...Object.fromEntries(gone.map((namespace) => [namespace, null])), ...Object.fromEntries(twins) };
}

/**
 * Asks a provider for no namespace any more, as when leaving. Resolves to whether no twin is left there; rejects with
 * SourceError when it cannot be asked. A map that is gone is fine.
 */
export async function emptyPeerMap({ remote, remoteTenantNamespace }: ProviderLink): Promise<boolean> {
  const key = `${remoteTenantNamespace}/${names.peering}`;
  const emptied = async (): Promise<NamespaceMap> => {
    const map = await remote.get(namespaceMaps, key);
    await writeDesired(remote, key, map, {});
    return map;
  };
  const map = await found(emptied());
  return Object.keys(map?.status?.currentMapping ?? {}).length === 0;
}

/** What a provider says of one namespace. */
export function twinOf(map: NamespaceMap | undefined, namespace: string): Twin | undefined {
  const current = map?.status?.currentMapping ?? {};
  return Object.hasOwn(current, namespace) ? current[namespace] : undefined;
}

/** What is wanted of a provider and accepted by it under the wanted name, by local name. */
export function acceptedPairs(desired: Mapping, map: NamespaceMap | undefined): readonly NamespacePair[] {
  return Object.entries(desired)
    .filter(([local, remote]) => {
      const twin = twinOf(map, local);
      return twin?.phase === 'Accepted' && twin.remoteNamespace === remote;
    })
    .map(([local, remote]) => ({ local, remote }))
    .toSorted((a, b) => a.local.localeCompare(b.local));
}

/**
 * The pairs to give out: those accepted where the agent has its rights. One that was given stays given when the rights
 * vanish for a moment, else pods that run would be taken for not offloaded; for the same reason the first list of a
 * process waits (undefined) until it is whole.
 */
export function pairsToGive(
  accepted: readonly NamespacePair[],
  given: readonly NamespacePair[] | undefined,
  isBound: (namespace: string) => boolean,
): readonly NamespacePair[] | undefined {
  const ready = accepted.filter(
    ({ local }) => isBound(local) || given?.some((pair) => pair.local === local) === true,
  );
  return given === undefined && ready.length < accepted.length ? undefined : ready;
}
