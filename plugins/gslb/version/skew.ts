import type { ClusterVersions } from './facts.ts';

/**
 * Warnings where plugin and sidecar differ in major or minor version (0.x promises no more). Versions that are not
 * semantic, such as those of builds from source, are not compared.
 */
export function skewWarnings(client: string, clusters: readonly ClusterVersions[]): readonly string[] {
  const own = minorOf(client);
  if (own === undefined) return [];
  return clusters.flatMap(({ context, sidecar }) => {
    const theirs = sidecar === undefined ? undefined : minorOf(sidecar);
    return theirs === undefined || theirs === own
      ? []
      : [
          `context ${context} runs gslb-sidecar ${sidecar}, this plugin is ${client}: bring them to one minor version`,
        ];
  });
}

function minorOf(version: string): string | undefined {
  return /^v?(\d+\.\d+)\.\d+/.exec(version)?.[1];
}
