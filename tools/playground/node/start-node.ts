import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlaneFiles } from '#tools/playground/cluster/control-plane.ts';
import type { KeyPairFiles } from '#tools/playground/cluster/pki.ts';
import { PlaygroundError } from '#tools/playground/errors.ts';
import { ensureCgroup, killCgroup } from '#tools/playground/world/cgroups.ts';
import type { DetachedProcesses } from '#tools/playground/world/detached-processes.ts';
import { bootMachine, type RunningMachine } from '#tools/playground/world/machine.ts';
import { dnsServiceAddress, type NodePlan, podCidr } from '#tools/playground/world/plan.ts';
import { killAll, markedProcesses } from '#tools/playground/world/process-identity.ts';
import {
  type ContainerdOptions,
  cniConfig,
  cniFolder,
  containerdConfig,
  containerdSocket,
  containerdState,
} from './containerd.ts';
import { kubeletConfig } from './kubelet.ts';

/** Paths of the programs of a node. */
export interface NodeBinaries {
  readonly containerd: string;
  readonly kubelet: string;
  readonly 'kube-proxy': string;
}

export interface NodeOptions {
  readonly node: NodePlan;
  /** The node's folder: configuration, logs, containers, disk. */
  readonly folder: string;
  /** Path of its cgroup without the hierarchy. */
  readonly cgroup: string;
  readonly binaries: NodeBinaries;
  readonly sandboxImage: string;
  /** Address of the DNS server that a node itself uses. */
  readonly resolver: string;
}

/** The name under which a node's certificate and kubeconfig stand in its cluster's folder. */
export function nodeUser(node: NodePlan): string {
  return `node-${node.name}`;
}

export const proxyUser = 'kube-proxy';

/**
 * Boots the node's machine unless it runs. A fresh boot first ends whatever an earlier life of the node left
 * running, and drops containerd's memory of it.
 */
export async function bootNode(options: NodeOptions, processes: DetachedProcesses): Promise<RunningMachine> {
  const { node, folder } = options;
  const machine = await bootMachine(
    node,
    { disk: join(folder, 'disk'), mounts: { '/var/lib': 'var-lib', '/var/log': 'var-log' } },
    processes,
  );
  if (machine.booted) {
    await endWorkloads(options, processes);
    rmSync(containerdState(folder), { recursive: true, force: true });
  }
  return machine;
}

/** Kills everything that a node runs; its machine, its files and its network stay. */
export async function endWorkloads(
  { folder, cgroup }: Pick<NodeOptions, 'folder' | 'cgroup'>,
  processes: DetachedProcesses,
): Promise<void> {
  for (const name of ['kubelet', 'kube-proxy', 'containerd']) await processes.stop(name);
  // containerd's shims carry its mark.
  await killAll(markedProcesses(join(folder, 'processes', 'containerd')));
  await killCgroup(cgroup);
}

/** Starts containerd and waits for its socket. */
export async function startContainerd(
  options: NodeOptions,
  { enter }: RunningMachine,
  processes: DetachedProcesses,
): Promise<void> {
  const { folder, node } = options;
  const settings: ContainerdOptions = { folder, podCidr: node.podCidr, sandboxImage: options.sandboxImage };
  mkdirSync(cniFolder(folder), { recursive: true });
  writeFileSync(join(cniFolder(folder), '10-pods.conflist'), cniConfig(settings));
  const config = join(folder, 'containerd.toml');
  writeFileSync(config, containerdConfig(settings));
  const socket = containerdSocket(folder);
  if (processes.running('containerd') === undefined) rmSync(socket, { force: true });
  await processes.ensure({
    name: 'containerd',
    argv: [...enter, options.binaries.containerd, '--config', config],
  });
  const deadline = performance.now() + 20_000;
  while (!existsSync(socket)) {
    const failure = processes.failure('containerd');
    if (failure !== undefined) throw new PlaygroundError('PROCESS_DIED', failure);
    if (performance.now() > deadline) throw new PlaygroundError('NOT_READY', `${socket} does not appear`);
    await sleep(20);
  }
}

/**
 * Starts kubelet and kube-proxy; neither needs the API server to be there yet. Says whether the kubelet was started:
 * what the API says of its node is then of its former life until it reports.
 */
export async function startKubelet(
  options: NodeOptions,
  { enter }: RunningMachine,
  cluster: ControlPlaneFiles,
  processes: DetachedProcesses,
): Promise<boolean> {
  const { folder, node, cgroup, binaries } = options;
  ensureCgroup(cgroup);
  const resolvConf = join(folder, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${options.resolver}\n`);
  const config = join(folder, 'kubelet.yaml');
  writeFileSync(
    config,
    kubeletConfig({
      folder,
      clientAuthority: cluster.pki.authority.certificate,
      server: cluster.pki.issued[nodeUser(node)] as KeyPairFiles,
      cgroup,
      clusterDns: dnsServiceAddress,
      resolvConf,
    }),
  );
  const started = await processes.ensure({
    name: 'kubelet',
    argv: [
      ...enter,
      binaries.kubelet,
      `--config=${config}`,
      `--kubeconfig=${cluster.kubeconfig(nodeUser(node))}`,
      `--root-dir=${join(folder, 'kubelet')}`,
      `--cert-dir=${join(folder, 'kubelet-pki')}`,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.address}`,
    ],
  });
  await processes.ensure({
    name: 'kube-proxy',
    argv: [
      ...enter,
      binaries['kube-proxy'],
      `--kubeconfig=${cluster.kubeconfig(proxyUser)}`,
      `--hostname-override=${node.name}`,
      '--proxy-mode=nftables',
      `--cluster-cidr=${podCidr}`,
      // The conntrack table is the machine's; a namespace may not resize it.
      '--conntrack-max-per-core=0',
    ],
  });
  return started;
}
