import type { GatewayRoute } from '#core/api/gateway-api.ts';
import type { VirtualService } from '#core/api/istio.ts';
import type { HostRule, HostRules } from './rules.ts';
import type { Remark } from './wish.ts';

type Backend = HostRule['services'][number];

/**
 * The hosts of a Gateway API route, each with every Service that its rules name.
 * @param hostnames of the route, or the one that the Gslb names for a route without
 */
export function routeRules(
  { kind, metadata, spec }: GatewayRoute,
  hostnames: readonly string[] = spec?.hostnames ?? [],
): HostRules {
  const remarks: Remark[] = [];
  const backends: Backend[] = [];
  for (const { group, kind: backendKind, namespace, name } of (spec?.rules ?? []).flatMap(
    ({ backendRefs = [] }) => backendRefs,
  )) {
    if ((group ?? '') === '' && (backendKind ?? 'Service') === 'Service')
      backends.push({ namespace: namespace ?? metadata.namespace ?? 'default', name });
    else remarks.push(notService(`${kind} ${metadata.name}`, `${backendKind} ${name}`));
  }
  return withHosts(`${kind} ${metadata.name}`, 'spec.hostnames', hostnames, backends, remarks);
}

/** The hosts of a VirtualService, each with every Service that its http, tls and tcp routes name. */
export function virtualServiceRules({ metadata, spec }: VirtualService): HostRules {
  const what = `VirtualService ${metadata.name}`;
  const remarks: Remark[] = [];
  const backends: Backend[] = [];
  const rules = [...(spec?.http ?? []), ...(spec?.tls ?? []), ...(spec?.tcp ?? [])];
  for (const { destination } of rules.flatMap(({ route = [] }) => route)) {
    if (destination === undefined) continue;
    const backend = serviceOf(destination.host, metadata.namespace ?? 'default');
    if (backend === undefined) remarks.push(notService(what, destination.host));
    else backends.push(backend);
  }
  return withHosts(what, 'spec.hosts', spec?.hosts ?? [], backends, remarks);
}

/** The Service that a destination of a VirtualService names: `name`, `name.namespace`, `name.namespace.svc…`. */
function serviceOf(host: string, own: string): Backend | undefined {
  const [name, namespace, svc] = host.toLowerCase().split('.');
  if (!name || namespace === '' || (svc !== undefined && svc !== 'svc')) return undefined;
  return { namespace: namespace ?? own, name };
}

function notService(what: string, backend: string): Remark {
  return {
    reason: 'BackendNotService',
    message: `${what} routes to ${backend}, which is no Service of this cluster and does not count for its health; name a Service`,
  };
}

function withHosts(
  what: string,
  field: string,
  hostnames: readonly string[],
  backends: readonly Backend[],
  remarks: readonly Remark[],
): HostRules {
  const hosts = new Set(hostnames.map((host) => host.toLowerCase().replace(/\.$/, '')));
  hosts.delete('');
  if (hosts.size === 0)
    return {
      rules: [],
      remarks: [{ reason: 'NoHosts', message: `${what} has no hosts; list them in ${field}` }, ...remarks],
    };
  const services = [
    ...new Map(backends.map((backend) => [`${backend.namespace}/${backend.name}`, backend])).values(),
  ];
  if (services.length === 0)
    remarks = [
      ...remarks,
      {
        reason: 'NoBackends',
        message: `${what} routes to no Service, so nothing says that it works; add one`,
      },
    ];
  return { rules: [...hosts].map((host) => ({ host, services })), remarks };
}
