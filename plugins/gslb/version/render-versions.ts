import { clientVersionText } from '#plugins/cli/command.ts';
import type { Paint } from '#plugins/cli/paint.ts';
import { tableText } from '#plugins/cli/table.ts';
import type { ClusterVersions } from './facts.ts';

/** The client's line, and a row per cluster. */
export function versionsText(client: string, clusters: readonly ClusterVersions[], paint: Paint): string {
  if (clusters.length === 0) return clientVersionText(client);
  const rows = clusters.map(({ context, pods, sidecar, crds }) => [
    context,
    sidecar ?? (pods.total === 0 ? '' : '<unknown>'),
    `${pods.ready}/${pods.total}`,
    pods.images.join(','),
    crds === undefined ? '<unknown>' : crdsText(crds),
  ]);
  const headers = ['CLUSTER', 'SIDECAR', 'READY', 'IMAGE', 'CRDS'];
  return `${clientVersionText(client)}\n${tableText({ headers, rows }, paint, { headers: true })}`;
}

function crdsText(crds: Readonly<Record<string, readonly string[]>>): string {
  const each = Object.entries(crds).flatMap(([name, versions]) =>
    versions.map((version) => `${name}/${version}`),
  );
  return each.toSorted().join(',');
}

/** What `-o json` and `-o yaml` print; `clusters` is absent with --client. Stable within its version. */
export function structuredVersions(client: string, clusters?: readonly ClusterVersions[]): unknown {
  return {
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'GslbVersion',
    clientVersion: client,
    ...(clusters !== undefined && { clusters }),
  };
}
