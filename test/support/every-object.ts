import type { TestWorld } from './world.ts';

interface Listed {
  readonly items: readonly {
    readonly metadata: {
      readonly namespace?: string;
      readonly name: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly spec?: { readonly taints?: readonly object[] };
  }[];
}

/** What clusters make of themselves all the time. */
const passing = ['events', 'events.events.k8s.io'];

/**
 * Every object of every resource of a cluster, a line each; namespaces and nodes with their labels, nodes with their
 * taints too. Without events, and without the lease of a node that is there: it comes a while after the node is Ready.
 */
export async function everyObject(world: TestWorld, cluster: string): Promise<readonly string[]> {
  const names = (await world.kubectl(cluster, 'api-resources', '--verbs=list', '--output=name'))
    .trim()
    .split('\n')
    .filter((name) => !passing.includes(name));
  const lists = await Promise.all(
    names.map(async (name) => ({
      name,
      list: await world.kubectlJson<Listed>(cluster, 'get', name, '--all-namespaces'),
    })),
  );
  const nodes = lists.find(({ name }) => name === 'nodes')?.list.items.map(({ metadata }) => metadata.name);
  const ofNode = ({ metadata }: Listed['items'][number]) =>
    metadata.namespace === 'kube-node-lease' && nodes?.includes(metadata.name);
  return lists
    .flatMap(({ name, list }) =>
      list.items
        .filter((item) => !ofNode(item))
        .map(({ metadata, spec }) => {
          const detail =
            name === 'nodes' || name === 'namespaces' ? JSON.stringify([metadata.labels, spec?.taints]) : '';
          return `${name} ${metadata.namespace ?? ''}/${metadata.name} ${detail}`.trim();
        }),
    )
    .sort();
}
