interface Listed {
  readonly items: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
      readonly namespace?: string;
      readonly name: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
    readonly spec?: { readonly taints?: readonly object[] };
  }[];
}

/** What clusters make of themselves all the time. */
const passing = ['events', 'events.events.k8s.io', 'componentstatuses'];

/**
 * Every object of every resource of a cluster, a line each; namespaces and nodes with their labels, nodes with their
 * taints too. Without events, and without the lease of a node that is there: it comes a while after the node is Ready.
 * @param kubectl of that cluster, as its administrator
 */
export async function everyObject(
  kubectl: (...args: readonly string[]) => Promise<string>,
): Promise<readonly string[]> {
  const resources = (await kubectl('api-resources', '--verbs=list', '--output=name'))
    .trim()
    .split('\n')
    .filter((name) => !passing.includes(name));
  const text = await kubectl('get', resources.join(','), '--all-namespaces', '--output=json');
  const { items } = JSON.parse(text) as Listed;
  const nodes = items.filter(({ kind }) => kind === 'Node').map(({ metadata }) => metadata.name);
  return items
    .filter(({ metadata }) => !(metadata.namespace === 'kube-node-lease' && nodes.includes(metadata.name)))
    .map(({ apiVersion, kind, metadata, spec }) => {
      const detailed = apiVersion === 'v1' && (kind === 'Node' || kind === 'Namespace');
      const detail = detailed ? JSON.stringify([metadata.labels, spec?.taints]) : '';
      return `${apiVersion} ${kind} ${metadata.namespace ?? ''}/${metadata.name} ${detail}`.trim();
    })
    .sort();
}
