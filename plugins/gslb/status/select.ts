import type { HostStatus } from './model.ts';

/**
 * The hosts that were named: by host, by Gslb (`podinfo`, `gslb/podinfo`) or by `namespace/podinfo`. Without names:
 * all. `unmatched` are the names that nothing was found for.
 */
export function select(
  statuses: readonly HostStatus[],
  names: readonly string[],
): { readonly selected: readonly HostStatus[]; readonly unmatched: readonly string[] } {
  if (names.length === 0) return { selected: statuses, unmatched: [] };
  return {
    selected: statuses.filter((status) => names.some((name) => isNamed(status, name))),
    unmatched: names.filter((name) => !statuses.some((status) => isNamed(status, name))),
  };
}

function isNamed({ host, namespace, gslb }: HostStatus, name: string): boolean {
  const [before, after] = name.split('/', 2);
  if (after !== undefined) {
    const kind = (before ?? '').toLowerCase();
    const isKind = kind === 'gslb' || kind === 'gslbs' || /^gslbs?\.k8gb\./.test(kind);
    return gslb.name === after && (isKind || namespace === before);
  }
  return gslb.name === name || host === name.toLowerCase().replace(/\.$/, '');
}
