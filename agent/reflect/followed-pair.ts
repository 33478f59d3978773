import { labels } from '#agent/model/names.ts';
import type { NamespacePair } from '#agent/model/provider-link.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Change, Watch } from '#core/source/source.ts';
import { type Reflected, type ReflectedKind, reflectedResources, secretRecordName } from './reflected.ts';

export interface FollowPairOptions extends NamespacePair {
  readonly source: Pick<ApiServerSource, 'watch'>;
  readonly link: { readonly remote: Pick<ApiServerSource, 'watch'> };
  /** Id of this cluster. */
  readonly clusterID: string;
  /** An object here or its twin there changed, or is seen for the first time. Both sides of its kind are known then. */
  readonly onObject: (kind: ReflectedKind, name: string) => void;
}

/** A namespace and its twin, as they are now. */
export interface FollowedPair extends NamespacePair {
  localObject(kind: ReflectedKind, name: string): Reflected | undefined;
  localObjects(kind: ReflectedKind): Iterable<Reflected>;
  /** Of what we own there; never a Secret, which cannot be read. */
  remoteObject(kind: ReflectedKind, name: string): Reflected | undefined;
  /** Names of Secrets that we wrote there. */
  recordedSecrets(): ReadonlySet<string>;
  stop(): void;
}

const kinds = Object.keys(reflectedResources) as readonly ReflectedKind[];

/** Watches both namespaces. Until both sides of a kind have been read, nothing of that kind is reported. */
export function followPair(options: FollowPairOptions, signal: AbortSignal): FollowedPair {
  const { source, link, clusterID, local, remote, onObject } = options;
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const here = new Map<ReflectedKind, Watch<Reflected>>();
  const there = new Map<ReflectedKind, Watch<Reflected>>();
  const known = new Set<ReflectedKind>();

  const changed = (kind: ReflectedKind) => (change: Change<Reflected>) => {
    const { name } = change.object.metadata;
    if (known.has(kind)) onObject(kind, name);
    if (kind !== 'ConfigMap' || name !== secretRecordName || !known.has('Secret')) return;
    // A Secret that went while its record was on its way.
    for (const secret of recordedSecrets()) {
      if (here.get('Secret')?.get(`${local}/${secret}`) === undefined) onObject('Secret', secret);
    }
  };
  const labelSelector = `${labels.origin}=${clusterID}`;
  for (const kind of kinds) {
    const resource = reflectedResources[kind];
    here.set(kind, source.watch({ resource, namespace: local, onChange: changed(kind) }, both));
    if (kind === 'Secret') continue;
    there.set(
      kind,
      link.remote.watch({ resource, namespace: remote, labelSelector, onChange: changed(kind) }, both),
    );
  }
  const recordedSecrets = (): ReadonlySet<string> =>
    new Set(Object.keys(there.get('ConfigMap')?.get(`${remote}/${secretRecordName}`)?.data ?? {}));

  for (const kind of kinds) {
    const remoteKind = kind === 'Secret' ? 'ConfigMap' : kind;
    Promise.all([here.get(kind)?.synced, there.get(remoteKind)?.synced]).then(
      () => {
        known.add(kind);
        for (const object of here.get(kind)?.list() ?? []) onObject(kind, object.metadata.name);
        for (const object of there.get(kind)?.list() ?? []) onObject(kind, object.metadata.name);
        if (kind === 'Secret') for (const name of recordedSecrets()) onObject(kind, name);
      },
      // Only the end rejects.
      () => undefined,
    );
  }
  return {
    local,
    remote,
    localObject: (kind, name) => here.get(kind)?.get(`${local}/${name}`),
    localObjects: (kind) => here.get(kind)?.list() ?? [],
    remoteObject: (kind, name) => there.get(kind)?.get(`${remote}/${name}`),
    recordedSecrets,
    stop: () => ended.abort(),
  };
}
