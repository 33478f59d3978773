import { delimiter, dirname, join } from 'node:path';
import { clusterFolder, mergedKubeconfig } from './folders.ts';
import type { World } from './plan.ts';

/** Where `npm run build` puts the programs. */
export const distribution = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'dist',
  `${process.platform}-${process.arch}`,
);

/** Shell lines that make kubectl, its plugins and dig find the world. */
export function environmentLines(
  world: World,
  folder: string,
  kubectl: string,
  env: NodeJS.ProcessEnv,
): string {
  const variables = [
    ...world.clusters.map((cluster) => [
      `KUBECONFIG_${cluster.geotag.toUpperCase()}`,
      join(clusterFolder(folder, cluster), 'admin.kubeconfig'),
    ]),
    ['KUBECONFIG', mergedKubeconfig(folder)],
    ['EDGE_DNS', `${world.edge.address}:53`],
    ['PATH', [distribution, dirname(kubectl), env['PATH']].filter(Boolean).join(delimiter)],
  ];
  return variables.map(([name, value]) => `export ${name}=${quoted(value ?? '')}\n`).join('');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w/.:@%+=,-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
