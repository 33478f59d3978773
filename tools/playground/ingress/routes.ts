import type { EndpointSlice, Ingress, IngressBackend, Service } from '#core/api/kubernetes.ts';

/** One path of one host, with the addresses that answer it (`ip:port`, sorted). */
export interface Route {
  readonly host: string;
  readonly path: string;
  readonly exact: boolean;
  readonly endpoints: readonly string[];
}

/** The objects that routes are made from. */
export interface Objects {
  readonly ingresses: Iterable<Ingress>;
  readonly service: (key: string) => Service | undefined;
  /** The slices of a Service, by `namespace/name`. */
  readonly slices: (service: string) => Iterable<EndpointSlice>;
}

/** Class of Ingress that this controller serves. */
export const ingressClass = 'nginx';

/** Routes of all Ingresses of our class, the oldest Ingress first where two claim one path. */
export function routes(objects: Objects): Route[] {
  const found = new Map<string, Route>();
  const ours = [...objects.ingresses].filter((ingress) => ingress.spec?.ingressClassName === ingressClass);
  ours.sort((a, b) => age(a).localeCompare(age(b)));
  for (const ingress of ours) {
    for (const rule of ingress.spec?.rules ?? []) {
      for (const path of rule.http?.paths ?? []) {
        const route: Route = {
          host: rule.host ?? '',
          path: path.path ?? '/',
          exact: path.pathType === 'Exact',
          endpoints: endpoints(ingress.metadata.namespace ?? 'default', path.backend, objects),
        };
        const key = `${route.host} ${route.exact ? '=' : ''}${route.path}`;
        if (!found.has(key)) found.set(key, route);
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.host + a.path).localeCompare(b.host + b.path));
}

const age = (ingress: Ingress): string =>
  `${ingress.metadata.creationTimestamp ?? ''} ${ingress.metadata.namespace}/${ingress.metadata.name}`;

function endpoints(namespace: string, backend: IngressBackend, objects: Objects): string[] {
  const name = backend.service?.name;
  if (name === undefined) return [];
  const service = objects.service(`${namespace}/${name}`);
  const wanted = backend.service?.port;
  const port = service?.spec?.ports?.find((p) => p.port === wanted?.number || p.name === wanted?.name);
  if (port === undefined) return [];
  const result = new Set<string>();
  for (const slice of objects.slices(`${namespace}/${name}`)) {
    const target = slice.ports?.find((p) => (p.name ?? '') === (port.name ?? ''))?.port;
    if (target === undefined || slice.addressType === 'FQDN') continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const address of endpoint.addresses) {
        result.add(slice.addressType === 'IPv6' ? `[${address}]:${target}` : `${address}:${target}`);
      }
    }
  }
  return [...result].sort();
}
