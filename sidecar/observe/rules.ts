import type { IngressSpec } from '#core/api/kubernetes.ts';
import type { Remark } from './wish.ts';

/** One host with the Services behind all its paths, in the order of the rules. */
export interface HostRule {
  /** Lower-case, no trailing dot. */
  readonly host: string;
  readonly services: readonly { readonly namespace: string; readonly name: string }[];
}

/** The hosts of an object, and what is wrong with it. Without any rule the first remark says why. */
export interface HostRules {
  readonly rules: readonly HostRule[];
  readonly remarks: readonly Remark[];
}

/** The hosts of an Ingress. A rule without host or without http serves nobody: it is left out with a remark. */
export function hostRules(spec: IngressSpec | undefined, namespace: string): HostRules {
  const services = new Map<string, Map<string, { namespace: string; name: string }>>();
  const remarks: Remark[] = [];
  for (const [index, rule] of (spec?.rules ?? []).entries()) {
    const host = rule.host?.toLowerCase().replace(/\.$/, '');
    if (!host) {
      remarks.push({
        reason: 'RuleWithoutHost',
        message: `rule ${index + 1} of the Ingress has no host; give it one`,
      });
      continue;
    }
    if (!rule.http) {
      remarks.push({
        reason: 'RuleWithoutHttp',
        message: `the rule of host ${host} has no http part, so nothing serves it; add http.paths`,
      });
      continue;
    }
    const found = services.get(host) ?? new Map();
    services.set(host, found);
    for (const { backend } of rule.http.paths ?? []) {
      const name = backend?.service?.name;
      if (name !== undefined) found.set(name, { namespace, name });
    }
  }
  if (services.size === 0)
    remarks.push({ reason: 'NoHosts', message: 'the Ingress has no rule with host and http; add one' });
  return { rules: [...services].map(([host, found]) => ({ host, services: [...found.values()] })), remarks };
}
