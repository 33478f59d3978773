/** A world as it should be: everything about it that is decided, nothing that is measured. */
export interface World {
  /** Name that the person gave it; `default` when none. */
  readonly instance: string;
  /** N of 172.19.N.0/24. */
  readonly subnet: number;
  readonly layout: LayoutName;
  readonly edge: Machine;
  readonly clusters: readonly ClusterPlan[];
}

export interface ClusterPlan {
  readonly name: string;
  /** Geotag of the cluster in the fleet; short, it stands in names of DNS. */
  readonly geotag: string;
  readonly nodes: readonly NodePlan[];
}

/** One machine of a world: a network namespace with an address, and a mount namespace. */
export interface Machine {
  /** Its link in the fabric; IFNAMSIZ allows 15 characters, names of machines may have more. */
  readonly link: string;
  /** Host name; a node is called so by its cluster. */
  readonly name: string;
  /** Name of its network namespace, unique on this machine. */
  readonly namespace: string;
  readonly address: string;
}

export interface NodePlan extends Machine {
  /** Its place in its cluster, from 1. */
  readonly number: number;
  /** Addresses of this node's pods; the same in every cluster. */
  readonly podCidr: string;
  /** Whether the cluster's control plane runs on it. It takes pods all the same. */
  readonly controlPlane: boolean;
}

export const podCidr = '10.40.0.0/16';
export const serviceCidr = '10.30.0.0/16';
/** First address of serviceCidr: the Service `kubernetes`. */
export const apiServiceAddress = '10.30.0.1';
export const dnsServiceAddress = '10.30.0.10';
export const apiPort = 6443;

interface Layout {
  /** Names by geotag, in the order in which their nodes get addresses. */
  readonly clusters: Readonly<Record<string, string>>;
  readonly nodesPerCluster: number;
}

/** The worlds of Liqo's tutorials. */
const layouts = {
  'global-ingress': { clusters: { eu: 'gslb-eu', us: 'gslb-us' }, nodesPerCluster: 2 },
  'service-offloading': { clusters: { london: 'london', newyork: 'newyork' }, nodesPerCluster: 1 },
  'replicated-deployments': {
    clusters: { cloud: 'europe-cloud', rome: 'europe-rome-edge', milan: 'europe-milan-edge' },
    nodesPerCluster: 1,
  },
} as const satisfies Record<string, Layout>;

export type LayoutName = keyof typeof layouts;

export function isLayout(name: unknown): name is LayoutName {
  return typeof name === 'string' && Object.hasOwn(layouts, name);
}

const edgeHost = 2;
const firstNodeHost = 3;

/** Lays out a world in 172.19.`subnet`.0/24: edge .2, then the nodes, cluster by cluster (gslb-eu .3 and .4 …). */
export function planWorld(instance: string, subnet: number, layout: LayoutName = 'global-ingress'): World {
  const { clusters, nodesPerCluster } = layouts[layout];
  const machine = (name: string, host: number): Machine => ({
    link: `machine${host}`,
    name,
    namespace: `${namespacePrefix(instance)}${name}`,
    address: hostAddress(subnet, host),
  });
  return {
    instance,
    subnet,
    layout,
    edge: machine('edge', edgeHost),
    clusters: Object.entries(clusters).map(([geotag, name], cluster) => {
      const nodes = Array.from({ length: nodesPerCluster }, (_, index) => ({
        ...machine(`${name}-${index + 1}`, firstNodeHost + cluster * nodesPerCluster + index),
        number: index + 1,
        podCidr: `10.40.${index + 1}.0/24`,
        controlPlane: index === 0,
      }));
      return { name, geotag, nodes };
    }),
  };
}

/** What every network namespace of an instance begins with; no instance's name holds the dot. */
export function namespacePrefix(instance: string): string {
  return `interspan-${instance}.`;
}

/** The address of host number `host` in a world's subnet. */
export function hostAddress(subnet: number, host: number): string {
  return `172.19.${subnet}.${host}`;
}

/** Every machine of a world, the edge first. */
export function machinesOf(world: World): readonly Machine[] {
  return [world.edge, ...world.clusters.flatMap(({ nodes }) => nodes)];
}

/** The node that carries a cluster's control plane. */
export function controlPlaneNode(cluster: ClusterPlan): NodePlan {
  const node = cluster.nodes.find(({ controlPlane }) => controlPlane);
  if (node === undefined) throw new Error(`${cluster.name} has no control plane node`);
  return node;
}

/** Why a name will not do for an instance; undefined when it will. Namespaces and folders carry it. */
export function instanceNameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9-]{0,23}$/.test(name) && !name.endsWith('-')
    ? undefined
    : `"${name}" is no name for an instance: 1 to 24 of a-z, 0-9 and "-", a letter first, no "-" last`;
}
