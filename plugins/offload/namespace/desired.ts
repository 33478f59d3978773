import { type NamespaceOffloading, namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { apiVersion } from '#core/api/resource.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { names } from '#plugins/offload/cluster/names.ts';
import { type SelectorTerm, selectorTerms } from './selector-terms.ts';

/** What was given on the command line. */
export interface OffloadingFlags {
  readonly 'namespace-mapping-strategy': 'DefaultName' | 'EnforceSameName' | 'SelectedName' | undefined;
  readonly 'pod-offloading-strategy': 'Local' | 'Remote' | 'LocalAndRemote' | undefined;
  readonly 'remote-namespace-name': string | undefined;
  readonly selector: readonly string[];
}

type Spec = NonNullable<NamespaceOffloading['spec']>;

/**
 * The whole NamespaceOffloading of a namespace: what was given, else what it says now, else Liqo's defaults.
 * @throws CliError `usage` for flags that do not fit together
 */
export function desiredOffloading(
  namespace: string,
  flags: OffloadingFlags,
  current: Spec | undefined,
): NamespaceOffloading & { readonly spec: Spec } {
  const remote = flags['remote-namespace-name'];
  const strategy =
    flags['namespace-mapping-strategy'] ??
    (remote === undefined ? (current?.namespaceMappingStrategy ?? 'DefaultName') : 'SelectedName');
  if (remote !== undefined && strategy !== 'SelectedName')
    throw new CliError('usage', `--remote-namespace-name does not go with ${strategy}`, {
      hint: '--namespace-mapping-strategy=SelectedName',
    });
  const remoteName = remote ?? (strategy === 'SelectedName' ? current?.remoteNamespaceName : undefined);
  if (strategy === 'SelectedName' && remoteName === undefined)
    throw new CliError('usage', 'SelectedName needs a name', { hint: '--remote-namespace-name=NAME' });
  const terms: readonly SelectorTerm[] = selectorTerms(flags.selector);
  const selector = terms.length > 0 ? { nodeSelectorTerms: terms } : current?.clusterSelector;
  return {
    apiVersion: apiVersion(namespaceOffloadings),
    kind: namespaceOffloadings.kind,
    metadata: { namespace, name: names.offloading },
    spec: {
      namespaceMappingStrategy: strategy,
      podOffloadingStrategy:
        flags['pod-offloading-strategy'] ?? current?.podOffloadingStrategy ?? 'LocalAndRemote',
      ...(remoteName === undefined ? {} : { remoteNamespaceName: remoteName }),
      ...(selector === undefined ? {} : { clusterSelector: selector as Spec['clusterSelector'] & object }),
    },
  };
}

/** Whether pods that run now may be where the new strategy does not want them. */
export function tightens(before: Spec | undefined, after: Spec): boolean {
  const from = before?.podOffloadingStrategy;
  return (
    from !== undefined &&
    from !== after.podOffloadingStrategy &&
    after.podOffloadingStrategy !== 'LocalAndRemote'
  );
}
