import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { goTools } from '#tools/host/go-tools.ts';
import { requirePackages } from '#tools/host/packages.ts';
import { PlaygroundError } from '#tools/playground/errors.ts';

/** Debian's packages that a world runs, and that the playground itself calls. */
const packages = [
  'binutils',
  'bind9',
  'bind9-dnsutils',
  'busybox-static',
  'conntrack',
  'containerd',
  'containernetworking-plugins',
  'curl',
  'etcd-server',
  'ethtool',
  'iproute2',
  'iptables',
  'kmod',
  'nftables',
  'nginx-light',
  'procps',
  'runc',
  'socat',
];

/** Where Debian puts programs, whatever the PATH of the person says. */
const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Absolute paths of the programs that a world runs. */
export type Binaries = Awaited<ReturnType<typeof findBinaries>>;

/** Installs the packages that are missing, asking first, and then finds all programs. Throws HostError. */
export async function provideBinaries(env: NodeJS.ProcessEnv, signal?: AbortSignal) {
  await requirePackages(packages);
  return findBinaries(env, signal);
}

/** The programs, those of Go from KUBEBUILDER_ASSETS or the cache; what that lacks is built, for minutes. */
export async function findBinaries(env: NodeJS.ProcessEnv, signal?: AbortSignal) {
  return {
    ...(await goTools('kubernetes', env, signal)),
    ...(await goTools('coredns', env, signal)),
    ...(await goTools('podinfo', env, signal)),
    etcd: find('etcd', 'etcd-server'),
    containerd: find('containerd', 'containerd'),
    busybox: find('busybox', 'busybox-static'),
  };
}

function find(program: string, packageName: string): string {
  const folder = folders.find((candidate) => existsSync(join(candidate, program)));
  if (folder === undefined) {
    throw new PlaygroundError('NOT_BUILT', `${program} is not in ${folders.join(', ')}`, {
      hint: `apt-get install ${packageName}`,
    });
  }
  return join(folder, program);
}
