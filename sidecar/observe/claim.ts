import type { GatewayRoute } from '#core/api/gateway-api.ts';
import { annotations } from '#core/api/gslb/annotations.ts';
import type { VirtualService } from '#core/api/istio.ts';
import { type Ingress, ingresses, type KubeObject } from '#core/api/kubernetes.ts';
import { kindDependency, type Objects, objectDependency, selectionDependency } from './dependencies.ts';
import { type FoundPublished, type Published, publishedBy, publishedByIngress } from './published.ts';
import { routeRules, virtualServiceRules } from './route-rules.ts';
import { type HostRule, type HostRules, hostRules } from './rules.ts';
import { kindId, type TargetKind } from './target-kinds.ts';
import type { RefusedWish, Remark, Wish } from './wish.ts';

/** A wish with what was found of the object that it is about. */
export interface Claim {
  readonly wish: Wish | RefusedWish;
  readonly rules: readonly HostRule[];
  /** Undefined when it is refused. */
  readonly published: Published | undefined;
  /** Why it cannot be served at all. */
  readonly refusal: Remark | undefined;
  readonly remarks: readonly Remark[];
  /** What it was found by; see dependencies.ts. */
  readonly dependencies: readonly string[];
  /** What it refers to is not listed yet: nothing can be said of it. */
  readonly pending: boolean;
}

/** Finds the hosts of a wish, and where they are reached. */
export function claim(wish: Wish | RefusedWish, objects: Objects): Claim {
  if ('refusal' in wish) return refused(wish, [], wish.refusal);
  const { route, reference } = wish;
  if (route.kind === 'embedded') {
    const key = `${reference.namespace}/${reference.name}`;
    const published = publishedByIngress(objects.get(ingresses, key), `Ingress ${key}`);
    const dependencies = [objectDependency(ingresses, key)];
    return found(wish, dependencies, hostRules(route.spec, reference.namespace), {
      published,
      dependencies: [],
    });
  }
  const { resource } = route.target;
  const inNamespace = route.kind === 'selected';
  const dependencies = [
    kindDependency(resource),
    inNamespace
      ? selectionDependency(resource, route.namespace, route.selector)
      : objectDependency(resource, `${route.namespace}/${route.name}`),
  ];
  const state = objects.state(resource);
  if (state === 'unread') return { ...refused(wish, dependencies), pending: true };
  if (state !== 'read') return refused(wish, dependencies, unreadable(route.target, state));
  const matching: readonly KubeObject[] = inNamespace
    ? objects.select(resource, route.namespace, route.selector)
    : [objects.get(resource, `${route.namespace}/${route.name}`) ?? []].flat();
  const [object] = matching;
  if (object === undefined)
    return refused(wish, dependencies, {
      reason: 'ResourceRefNotFound',
      message: `spec.resourceRef names ${
        inNamespace
          ? `${article(resource.kind)} ${resource.kind} with labels ${route.selector.text} in ${route.namespace}`
          : `${resource.kind} ${route.namespace}/${route.name}`
      }, and there is none; create it or correct the reference`,
    });
  if (matching.length > 1)
    return refused(wish, dependencies, {
      reason: 'ResourceRefAmbiguous',
      message: `spec.resourceRef selects ${matching.length} objects of kind ${resource.kind} in ${route.namespace}; it must select exactly one`,
    });
  const rules = rulesOf(wish, route.target, object);
  if ('reason' in rules) return refused(wish, dependencies, rules);
  return found(wish, dependencies, rules, publishedBy(route.target, object, objects));
}

/** The hosts of an object, with the Services behind them. */
function rulesOf(wish: Wish, { resource, hostless }: TargetKind, object: KubeObject): HostRules | Remark {
  const { name, namespace = 'default' } = object.metadata;
  if (resource.kind === 'Ingress') return hostRules((object as Ingress).spec, namespace);
  if (resource.kind === 'VirtualService') return virtualServiceRules(object as VirtualService);
  if (!hostless) return routeRules(object as GatewayRoute);
  if (wish.hostname === undefined)
    return {
      reason: 'HostnameMissing',
      message: `${article(resource.kind)} ${resource.kind} has no hosts; name the host in annotation ${annotations.hostname} of the Gslb`,
    };
  if (resource.kind !== 'Service') return routeRules(object as GatewayRoute, [wish.hostname]);
  return { rules: [{ host: wish.hostname, services: [{ namespace, name }] }], remarks: [] };
}

function found(
  wish: Wish,
  dependencies: readonly string[],
  { rules, remarks }: HostRules,
  { published, dependencies: more, pending = false }: FoundPublished,
): Claim {
  const all = [...dependencies, ...more];
  const [first] = remarks;
  if (rules.length === 0 && first !== undefined) return refused(wish, all, first);
  return { wish, rules, published, refusal: undefined, remarks, dependencies: all, pending };
}

const refused = (wish: Wish | RefusedWish, dependencies: readonly string[], refusal?: Remark): Claim => ({
  wish,
  rules: [],
  published: undefined,
  refusal,
  remarks: [],
  dependencies,
  pending: false,
});

function unreadable({ resource }: TargetKind, state: 'missing' | 'denied'): Remark {
  const { kind, plural, group } = resource;
  if (state === 'missing')
    return {
      reason: 'ResourceRefKindMissing',
      message: `spec.resourceRef names ${article(kind)} ${kind}, and this cluster does not know ${kindId(resource)}; install its CRD or correct the reference`,
    };
  return {
    reason: 'ResourceRefUnreadable',
    message: `spec.resourceRef names ${article(kind)} ${kind}, and ${plural}.${group} cannot be listed; let the sidecar's ClusterRole list and watch them (its log says why)`,
  };
}

const article = (kind: string): string => (/^(Ingress|HTTP)/.test(kind) ? 'an' : 'a');
