import { createHash, randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { runLease } from '#core/kube/lease.ts';
import type { Source } from '#core/source/source.ts';
import type { RootLogger } from '#core/telemetry/logger.ts';
import type { SidecarFlags } from './flags.ts';

/** Where objects come from, and who writes them back. */
export interface OpenedSource {
  readonly source: Source;
  /** Identifies this cluster: the UID of namespace kube-system, or one made from the folder's path. */
  readonly uid: () => string;
  /** Whether this replica writes to the API server and to the edge. */
  readonly isWriter: () => boolean;
  /** Lets another replica write at once. */
  readonly release: () => Promise<void>;
}

export interface SourceSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: RootLogger;
  readonly signal: AbortSignal;
  /** This replica has become the writer. */
  readonly onWriter: () => void;
}

const namespaces: Resource = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

/** What identifies a folder, as the UID of namespace kube-system does a cluster. @throws when there is none */
export function folderUid(directory: string): string {
  return createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 32);
}

/** Opens what the flags name. A folder has one replica, which writes; a cluster's replicas hold a Lease in turn. */
export async function openSource(flags: SidecarFlags, around: SourceSurroundings): Promise<OpenedSource> {
  const { env, log, signal } = around;
  const now = () => performance.now();
  if (flags.source.kind === 'folder') {
    const { directory, stateDirectory } = flags.source;
    const { folderSource } = await import('#core/source/folder/source.ts');
    const source = folderSource({
      directory,
      log: log.room('source'),
      now,
      signal,
      ...(stateDirectory === undefined ? {} : { stateDirectory }),
    });
    const uid = folderUid(directory);
    return { source, uid: () => uid, isWriter: () => true, release: async () => undefined };
  }
  const identity = env['POD_NAME'] ?? `${env['HOSTNAME'] ?? 'sidecar'}-${randomUUID().slice(0, 8)}`;
  const kubeconfig =
    flags.source.kubeconfig ?? (env['KUBERNETES_SERVICE_HOST'] === undefined ? undefined : 'in-cluster');
  const { apiServerSource } = await import('#core/source/api-server/source.ts');
  const source = await apiServerSource({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(flags.source.context === undefined ? {} : { context: flags.source.context }),
    fieldManager: 'gslb-sidecar',
    identity,
    log: log.room('source'),
    now,
    random: Math.random,
    signal,
  });
  let uid = '';
  // The UID goes into our owner record at the edge; until it is known nothing is written there.
  const system = source.watch<KubeObject>(
    {
      resource: namespaces,
      fieldSelector: 'metadata.name=kube-system',
      onChange: ({ object }) => {
        uid = object.metadata.uid ?? '';
      },
    },
    signal,
  );
  void system.synced.catch(() => undefined);
  const lease = runLease(
    {
      client: source,
      namespace: env['POD_NAMESPACE'] ?? 'gslb-system',
      name: 'gslb-sidecar',
      identity,
      now,
      random: Math.random,
      log: log.room('lease'),
      onAcquire: around.onWriter,
    },
    signal,
  );
  return { source, uid: () => uid, isWriter: () => lease.isHeld() && uid !== '', release: lease.release };
}
