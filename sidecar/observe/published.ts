import { type Gateway, type GatewayRoute, gateways } from '#core/api/gateway-api.ts';
import type { IstioGateway, VirtualService } from '#core/api/istio.ts';
import type { Ingress, KubeObject, LoadBalancerStatus, Resource, Service } from '#core/api/kubernetes.ts';
import { kindDependency, type Objects, objectDependency, selectorDependency } from './dependencies.ts';
import { labelSelector } from './label-selector.ts';
import type { TargetKind } from './target-kinds.ts';
import type { Remark } from './wish.ts';

/** What the status of an object, or of the gateway before it, says about where it is reached. */
export interface Published {
  /** As they stand: not checked. */
  readonly addresses: readonly string[];
  readonly hostnames: readonly string[];
  /** Whose status, for sentences: `Gateway infra/public`. */
  readonly what: string;
  /** Whether the ingress controller's nodes serve it: its status may lag behind them, or be missing. */
  readonly byIngressNodes: boolean;
  /** Why its status cannot be read. */
  readonly problem?: Remark;
}

/** A Published with what it was read from. */
export interface FoundPublished {
  readonly published: Published;
  readonly dependencies: readonly string[];
  /** The gateway's kind is not listed yet. */
  readonly pending?: boolean;
}

/** Where an object that a Gslb refers to is reached. */
export function publishedBy(target: TargetKind, object: KubeObject, objects: Objects): FoundPublished {
  switch (target.resource.kind) {
    case 'Ingress':
      return { published: publishedByIngress(object as Ingress, nameOf(object)), dependencies: [] };
    case 'Service':
      return { published: byLoadBalancer(object as Service, nameOf(object)), dependencies: [] };
    case 'VirtualService':
      return byIstioGateway(object as VirtualService, target.gateway as Resource<IstioGateway>, objects);
    default:
      return byGateway(object as GatewayRoute, objects);
  }
}

/** @param what names it, also while it does not exist */
export function publishedByIngress(ingress: Ingress | undefined, what: string): Published {
  return { ...statusOf(ingress?.status?.loadBalancer), what, byIngressNodes: true };
}

function byLoadBalancer(service: Service, what: string): Published {
  return { ...statusOf(service.status?.loadBalancer), what, byIngressNodes: false };
}

function byGateway(route: GatewayRoute, objects: Objects): FoundPublished {
  const parents = (route.spec?.parentRefs ?? []).filter(
    ({ group = gateways.group, kind = 'Gateway' }) => group === gateways.group && kind === 'Gateway',
  );
  const keys = new Set(
    parents.map(({ namespace, name }) => `${namespace ?? route.metadata.namespace ?? 'default'}/${name}`),
  );
  const [key] = keys;
  if (key === undefined || keys.size > 1)
    return unreadable(nameOf(route), manyGateways(nameOf(route), 'spec.parentRefs', keys.size));
  return throughGateway(gateways, key, objects, (gateway: Gateway) => ({
    published: { ...addressesOf(gateway), what: `Gateway ${key}`, byIngressNodes: false },
    dependencies: [],
  }));
}

function addressesOf({ status }: Gateway): Pick<Published, 'addresses' | 'hostnames'> {
  const ofType = (wanted: string) =>
    (status?.addresses ?? []).flatMap(({ type = 'IPAddress', value }) => (type === wanted ? value : []));
  return { addresses: ofType('IPAddress'), hostnames: ofType('Hostname') };
}

function byIstioGateway(
  virtualService: VirtualService,
  kind: Resource<IstioGateway>,
  objects: Objects,
): FoundPublished {
  const what = nameOf(virtualService);
  const own = virtualService.metadata.namespace ?? 'default';
  // `mesh` stands for the sidecars of the mesh: clients from outside do not come that way.
  const named = new Set((virtualService.spec?.gateways ?? []).filter((gateway) => gateway !== 'mesh'));
  const [gateway = ''] = named;
  if (named.size !== 1) return unreadable(what, manyGateways(what, 'spec.gateways', named.size));
  const [first = '', second, ...rest] = gateway.split('/');
  if (first === '' || second === '' || rest.length > 0)
    return unreadable(what, {
      reason: 'GatewayInvalid',
      message: `${what} names gateway "${gateway}"; write <namespace>/<name>`,
    });
  const key = second === undefined ? `${own}/${first}` : gateway;
  return throughGateway(kind, key, objects, ({ spec }) => {
    const selector = labelSelector(spec?.selector);
    if ('reason' in selector)
      return unreadable(what, {
        reason: 'GatewayInvalid',
        message: `Gateway ${key} of ${what} has no spec.selector, so its Service is unknown; add one`,
      });
    const dependencies = [selectorDependency(selector)];
    const services = objects.servicesOf(selector);
    const balanced = services.filter((service) => service.spec?.type === 'LoadBalancer');
    const [service, other] = balanced.length > 0 ? balanced : services;
    if (service !== undefined && other === undefined)
      return { published: byLoadBalancer(service, nameOf(service)), dependencies };
    return {
      ...unreadable(what, {
        reason: service === undefined ? 'GatewayServiceNotFound' : 'GatewayServiceAmbiguous',
        message: `Gateway ${key} of ${what} selects ${selector.text}, and ${service === undefined ? 'no Service has' : `${services.length} Services have`} these labels; exactly one must`,
      }),
      dependencies,
    };
  });
}

function throughGateway<T extends KubeObject>(
  kind: Resource<T>,
  key: string,
  objects: Objects,
  read: (gateway: T) => FoundPublished,
): FoundPublished {
  const dependencies = [kindDependency(kind), objectDependency(kind, key)];
  const gateway = objects.get(kind, key);
  const what = `Gateway ${key}`;
  if (gateway !== undefined) {
    const found = read(gateway);
    return { ...found, dependencies: [...dependencies, ...found.dependencies] };
  }
  const message = `${what} does not exist, so nothing says where its routes are reached; create it or correct the reference`;
  return {
    ...unreadable(what, { reason: 'GatewayNotFound', message }),
    dependencies,
    ...(objects.state(kind) === 'unread' ? { pending: true } : {}),
  };
}

function manyGateways(what: string, field: string, count: number): Remark {
  return {
    reason: count === 0 ? 'GatewayMissing' : 'GatewayAmbiguous',
    message: `${what} has ${count === 0 ? 'no gateway' : `${count} gateways`} in ${field}, so it is unclear where it is reached; name exactly one`,
  };
}

const unreadable = (what: string, problem: Remark): FoundPublished => ({
  published: { addresses: [], hostnames: [], what, byIngressNodes: false, problem },
  dependencies: [],
});

function statusOf(status: LoadBalancerStatus | undefined): Pick<Published, 'addresses' | 'hostnames'> {
  const entries = status?.ingress ?? [];
  return {
    addresses: entries.flatMap(({ ip }) => ip || []),
    hostnames: entries.flatMap(({ hostname }) => hostname || []),
  };
}

const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace}/${metadata.name}`;
