import type { KubeObject } from '#core/api/kubernetes.ts';
import type { TestApiServer } from './api-server.ts';

/**
 * Ends namespaces that are being deleted, as kube-controller-manager would: what is in them first. Until the signal
 * aborts; resolves then.
 */
export async function playNamespaceController(server: TestApiServer, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const list = JSON.parse(await server.kubectl('get', 'namespaces', '-o', 'json')) as {
      items: (KubeObject & { spec?: object })[];
    };
    for (const item of list.items) {
      if (item.metadata.deletionTimestamp === undefined) continue;
      const { name } = item.metadata;
      const kinds = (
        await server.kubectl('api-resources', '--namespaced', '--verbs=list,delete', '-o', 'name')
      )
        .trim()
        .split('\n')
        .filter((kind) => !kind.startsWith('events'))
        .join(',');
      // A CRD may go meanwhile: next time round.
      await server
        .kubectl('delete', kinds, '--all', '-n', name, '--wait=false', '--ignore-not-found')
        .catch(() => undefined);
      const finalized = { ...item, spec: { finalizers: [] } };
      await server
        .kubectlWith(
          JSON.stringify(finalized),
          'replace',
          '--raw',
          `/api/v1/namespaces/${name}/finalize`,
          '-f',
          '-',
        )
        .catch(() => undefined);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
