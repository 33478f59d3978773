import { join } from 'node:path';
import { sandboxImage } from '#tools/playground/node/base-images.ts';
import type { ImageArchive } from '#tools/playground/node/images.ts';
import { importImage } from '#tools/playground/node/images.ts';
import {
  bootNode,
  type NodeBinaries,
  type NodeOptions,
  nodeUser,
  proxyUser,
  startContainerd,
  startKubelet,
} from '#tools/playground/node/start-node.ts';
import { instanceCgroup } from '#tools/playground/world/cgroups.ts';
import { DetachedProcesses } from '#tools/playground/world/detached-processes.ts';
import { nodeFolder } from '#tools/playground/world/folders.ts';
import {
  apiPort,
  apiServiceAddress,
  type ClusterPlan,
  controlPlaneNode,
  dnsServiceAddress,
  type NodePlan,
  podCidr,
  serviceCidr,
  type World,
} from '#tools/playground/world/plan.ts';
import type { Steps } from '#tools/playground/world/steps.ts';
import { ApiClient } from './api-client.ts';
import { clusterDns } from './cluster-dns.ts';
import {
  type ControlPlane,
  type ControlPlaneBinaries,
  type ControlPlaneFiles,
  type ControlPlaneOptions,
  prepareControlPlane,
  startControlPlane,
} from './control-plane.ts';
import { applyObjects, kubectlFor } from './kubectl.ts';
import { nodesReady, podsOfThisBoot } from './nodes-ready.ts';

export interface ClusterOptions {
  readonly world: World;
  readonly cluster: ClusterPlan;
  /** Everything of this cluster is below it. */
  readonly folder: string;
  readonly binaries: ControlPlaneBinaries & NodeBinaries & { readonly kubectl: string };
  /** Images that every node gets; the sandbox's must be among them. */
  readonly images: Promise<readonly ImageArchive[]>;
  readonly steps: Steps;
  readonly signal?: AbortSignal | undefined;
}

/** Brings a cluster up, or mends it: control plane and nodes at the same time, then its DNS. */
export async function startCluster(options: ClusterOptions): Promise<ControlPlane> {
  const { cluster, folder, steps } = options;
  const files = await prepareControlPlane(controlPlaneOptions(options));
  const nodes = cluster.nodes.map((node) => ({
    node,
    options: nodeOptions(options, node),
    processes: new DetachedProcesses(join(nodeFolder(folder, node), 'processes')),
  }));
  const bootedAt = new Map<string, Date>();
  const machines = await Promise.all(
    nodes.map(async (entry) => {
      const now = new Date();
      const machine = await bootNode(entry.options, entry.processes);
      if (machine.booted) bootedAt.set(entry.node.name, now);
      return machine;
    }),
  );
  const main = machines[cluster.nodes.indexOf(controlPlaneNode(cluster))];
  const startedAt = new Map<string, Date>();
  const [controlPlane] = await Promise.all([
    steps.step(`${cluster.name}: API server`, () =>
      startControlPlane(
        { ...controlPlaneOptions(options), ...(main === undefined ? {} : { enter: main.enter }) },
        new DetachedProcesses(join(folder, 'processes')),
        options.signal,
      ),
    ),
    ...nodes.map(async (entry, index) => {
      const machine = machines[index];
      if (machine !== undefined)
        await startNode(options, entry.options, machine, files, entry.processes, startedAt);
    }),
  ]);
  await steps.step(`${cluster.name}: nodes Ready`, async () => {
    using client = new ApiClient(controlPlane.access);
    await nodesReady(client, cluster, startedAt, options.signal);
    await podsOfThisBoot(client, bootedAt, options.signal);
  });
  await steps.step(`${cluster.name}: cluster DNS`, async () => {
    const kubectl = kubectlFor(
      options.binaries.kubectl,
      controlPlane.kubeconfig,
      join(folder, 'cache'),
      options.signal,
    );
    await applyObjects(
      kubectl,
      clusterDns(dnsServiceAddress, options.world.edge.address, options.cluster.nodes.length),
    );
    await kubectl(['rollout', 'status', '--namespace=kube-system', 'deployment/coredns', '--timeout=60s']);
  });
  return controlPlane;
}

async function startNode(
  options: ClusterOptions,
  node: NodeOptions,
  machine: Awaited<ReturnType<typeof bootNode>>,
  files: ControlPlaneFiles,
  processes: DetachedProcesses,
  startedAt: Map<string, Date>,
): Promise<void> {
  await options.steps.step(`${node.node.name}: containerd, kubelet, kube-proxy`, async () => {
    await startContainerd(node, machine, processes);
    const images = await options.images;
    const sandbox = images.filter(({ reference }) => reference === sandboxImage);
    for (const image of sandbox) await importImage(node.folder, image);
    const now = new Date();
    if (await startKubelet(node, machine, files, processes)) startedAt.set(node.node.name, now);
  });
  const rest = (await options.images).filter(({ reference }) => reference !== sandboxImage);
  await Promise.all(rest.map((image) => importImage(node.folder, image)));
}

function nodeOptions({ world, folder, binaries }: ClusterOptions, node: NodePlan): NodeOptions {
  return {
    node,
    folder: nodeFolder(folder, node),
    cgroup: `${instanceCgroup(world.instance)}/${node.name}`,
    binaries,
    sandboxImage,
    resolver: world.edge.address,
  };
}

function controlPlaneOptions({ cluster, folder, binaries }: ClusterOptions): ControlPlaneOptions {
  const nodeSubjects = cluster.nodes.map((node) => [
    nodeUser(node),
    {
      commonName: `system:node:${node.name}`,
      organization: 'system:nodes',
      addresses: [node.address],
      dnsNames: [node.name],
    },
  ]);
  return {
    name: cluster.name,
    directory: folder,
    address: controlPlaneNode(cluster).address,
    ports: { api: apiPort, etcd: 2379, etcdPeer: 2380 },
    serviceCidr,
    podCidr,
    apiServiceAddress,
    binaries,
    controllers: true,
    users: { ...Object.fromEntries(nodeSubjects), [proxyUser]: { commonName: 'system:kube-proxy' } },
  };
}
