import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PlaygroundError } from '#tools/playground/errors.ts';

const goBinaries = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
  'coredns',
  'podinfo',
] as const;
const systemBinaries = ['etcd', 'containerd', 'busybox'] as const;

/** Absolute paths of the programs that a world runs. */
export type Binaries = Readonly<
  Record<(typeof goBinaries)[number] | (typeof systemBinaries)[number], string>
>;

/** Finds every program in KUBEBUILDER_ASSETS or PATH. */
export function findBinaries(env: NodeJS.ProcessEnv): Binaries {
  const folders = [env['KUBEBUILDER_ASSETS'] ?? '', ...(env['PATH'] ?? '').split(delimiter)].filter(Boolean);
  const find = (name: string): string => {
    const folder = folders.find((candidate) => existsSync(join(candidate, name)));
    if (folder === undefined)
      throw new PlaygroundError('NOT_BUILT', `${name} is neither in KUBEBUILDER_ASSETS nor in PATH`);
    return join(folder, name);
  };
  return Object.fromEntries([...goBinaries, ...systemBinaries].map((name) => [name, find(name)])) as Binaries;
}
