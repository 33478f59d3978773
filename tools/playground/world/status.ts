import { join } from 'node:path';
import type { Node, Pod } from '#core/api/kubernetes.ts';
import { type ApiAccess, ApiClient } from '#tools/playground/cluster/api-client.ts';
import { isReady } from '#tools/playground/cluster/nodes-ready.ts';
import { loadBalancedZone } from '#tools/playground/edge/named-config.ts';
import { run } from './command.ts';
import { DetachedProcesses } from './detached-processes.ts';
import { clusterFolder, edgeFolder, nodeFolder } from './folders.ts';
import { apiPort, type ClusterPlan, controlPlaneNode, hostAddress, type World } from './plan.ts';
import { renderTable } from './table.ts';

/** What was found of a world. */
export interface WorldStatus {
  readonly world: World;
  /** Daemons that ought to run and do not, as `folder/name`. */
  readonly dead: readonly string[];
  readonly clusters: readonly ClusterStatus[];
  /** The delegation as BIND serves it, in zone file lines; undefined when BIND does not answer. */
  readonly delegation: readonly string[] | undefined;
}

export interface ClusterStatus {
  readonly plan: ClusterPlan;
  /** Undefined when the API server does not answer. */
  readonly objects: { readonly nodes: readonly Node[]; readonly pods: readonly Pod[] } | undefined;
}

const controlPlaneDaemons = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const nodeDaemons = ['machine', 'containerd', 'kubelet', 'kube-proxy'];
const edgeDaemons = ['machine', 'named'];

/** Looks at processes, clusters and edge; what does not answer is reported as such. */
export async function gatherStatus(world: World, folder: string): Promise<WorldStatus> {
  const [delegation, ...clusters] = await Promise.all([
    readDelegation(world),
    ...world.clusters.map((plan) => gatherCluster(plan, clusterFolder(folder, plan))),
  ]);
  return { world, dead: deadDaemons(world, folder), clusters, delegation };
}

/** What is down, a sentence each; empty when all is well. Pods that ran to their end are well. */
export function problems({ dead, clusters, delegation }: WorldStatus): readonly string[] {
  return [
    ...dead.map((name) => `${name} is not running`),
    ...clusters.flatMap(({ plan, objects }) => {
      if (objects === undefined) return [`${plan.name}: the API server does not answer`];
      const nodes = plan.nodes.filter(
        ({ name }) => !isReady(objects.nodes.find((n) => n.metadata.name === name)),
      );
      const pods = objects.pods.filter((pod) => !isWell(pod));
      return [
        ...nodes.map(({ name }) => `${plan.name}: node ${name} is not Ready`),
        ...pods.map(
          ({ metadata }) => `${plan.name}: pod ${metadata.namespace}/${metadata.name} is not Ready`,
        ),
      ];
    }),
    ...(delegation === undefined ? ['edge: BIND does not answer'] : []),
  ];
}

/** The status as a person reads it. */
export function renderStatus(status: WorldStatus): string {
  const { world, clusters, delegation } = status;
  const rows = clusters.flatMap(({ plan, objects }) =>
    plan.nodes.map((node) => {
      const pods = objects?.pods.filter(({ spec }) => spec?.nodeName === node.name) ?? [];
      const state = isReady(objects?.nodes.find(({ metadata }) => metadata.name === node.name))
        ? 'Ready'
        : 'NotReady';
      return [plan.name, node.name, node.address, objects === undefined ? 'Unknown' : state, podCount(pods)];
    }),
  );
  const found = problems(status);
  return [
    `World ${world.instance}: ${hostAddress(world.subnet, 0)}/24, edge BIND at ${world.edge.address}:53\n\n`,
    renderTable([['CLUSTER', 'NODE', 'ADDRESS', 'STATE', 'PODS READY'], ...rows]),
    '\n',
    renderDelegation(world, delegation),
    found.length === 0 ? '' : `\nDown:\n${found.map((problem) => `  ${problem}\n`).join('')}`,
  ].join('');
}

/** The delegation as BIND serves it, or that there is none. */
export function renderDelegation(world: World, delegation: readonly string[] | undefined): string {
  const title = `Delegation of ${loadBalancedZone} at ${world.edge.address}:`;
  if (delegation === undefined) return `${title} BIND does not answer\n`;
  return delegation.length === 0
    ? `${title} none\n`
    : `${title}\n${delegation.map((line) => `  ${line}\n`).join('')}`;
}

/**
 * The referral that BIND gives for the load-balanced zone, with the addresses of its name servers (which stand in the
 * parent zone, so that BIND leaves them out of it); undefined when it does not answer.
 */
export async function readDelegation(world: World): Promise<readonly string[] | undefined> {
  const servers = await zoneLines(world, 'authority', [loadBalancedZone, 'NS']);
  const names = servers?.flatMap((line) => / IN NS (\S+)$/.exec(line)?.[1] ?? []) ?? [];
  if (servers === undefined || names.length === 0) return servers;
  const addresses = await zoneLines(
    world,
    'answer',
    names.flatMap((name) => [name, 'A', name, 'AAAA']),
  );
  return [...servers.toSorted(), ...(addresses ?? []).toSorted()];
}

/** The records of one section that BIND returns for some queries, as zone file lines. */
async function zoneLines(
  world: World,
  section: 'answer' | 'authority',
  queries: readonly string[],
): Promise<readonly string[] | undefined> {
  const server = `@${world.edge.address}`;
  const shown = ['+norecurse', '+noall', `+${section}`, '+time=1', '+tries=2'];
  const { code, stdout } = await run(['dig', server, ...shown, ...queries]);
  if (code !== 0) return undefined;
  const lines = stdout.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());
  return lines.filter((line) => / IN (NS|A|AAAA) /.test(line));
}

function podCount(pods: readonly Pod[]): string {
  return `${pods.filter(isWell).length}/${pods.length}`;
}

function isWell({ status }: Pod): boolean {
  const ready = status?.conditions?.some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
  return ready === true || status?.phase === 'Succeeded';
}

function deadDaemons(world: World, folder: string): string[] {
  const dead = (path: string, label: string, names: readonly string[]): string[] => {
    const processes = new DetachedProcesses(join(path, 'processes'));
    return names.filter((name) => processes.running(name) === undefined).map((name) => `${label}: ${name}`);
  };
  return [
    ...dead(edgeFolder(folder), 'edge', edgeDaemons),
    ...world.clusters.flatMap((cluster) => {
      const path = clusterFolder(folder, cluster);
      return [
        ...dead(path, cluster.name, controlPlaneDaemons),
        ...cluster.nodes.flatMap((node) => dead(nodeFolder(path, node), node.name, nodeDaemons)),
      ];
    }),
  ];
}

async function gatherCluster(plan: ClusterPlan, folder: string): Promise<ClusterStatus> {
  try {
    using client = new ApiClient(adminAccess(plan, folder));
    const [nodes, pods] = await Promise.all([
      client.read<{ items: readonly Node[] }>('/api/v1/nodes'),
      client.read<{ items: readonly Pod[] }>('/api/v1/pods'),
    ]);
    return { plan, objects: { nodes: nodes.items, pods: pods.items } };
  } catch {
    // No keys yet, no answer, or a refusal: the report says that the API server does not answer.
    return { plan, objects: undefined };
  }
}

function adminAccess(plan: ClusterPlan, folder: string): ApiAccess {
  const file = (name: string): string => join(folder, 'pki', name);
  return {
    server: `https://${controlPlaneNode(plan).address}:${apiPort}`,
    authority: file('ca.crt'),
    user: { certificate: file('admin.crt'), key: file('admin.key') },
  };
}
