import { type Namespace, namespaces } from '#core/api/kubernetes.ts';
import { found } from '#core/source/found.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { ClusterApi } from './open-cluster.ts';

/** The namespaces that a command line names or selects. @throws CliError */
export async function chooseNamespaces(
  api: ClusterApi,
  names: readonly string[],
  selector: string | undefined,
): Promise<readonly Namespace[]> {
  if ((names.length === 0) === (selector === undefined))
    throw new CliError(
      'usage',
      names.length === 0 ? 'no namespace is named' : 'names and --ns-selector exclude each other',
      { hint: 'name namespaces, or select some with --ns-selector' },
    );
  if (selector !== undefined) {
    const selected = await api.readList(namespaces, { labelSelector: selector });
    if (selected.length > 0) return selected;
    throw new CliError('notFound', `no namespace has the labels ${selector}`, {
      hint: 'kubectl get namespaces --show-labels',
    });
  }
  return Promise.all(
    [...new Set(names)].map(async (name) => {
      const namespace = await found(api.get(namespaces, name));
      if (namespace !== undefined) return namespace;
      throw new CliError('notFound', `there is no namespace ${name}`, {
        hint: `kubectl create namespace ${name}`,
      });
    }),
  );
}
