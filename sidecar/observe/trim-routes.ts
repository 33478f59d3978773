import type { Gateway, GatewayRoute } from '#core/api/gateway-api.ts';
import type { IstioGateway, VirtualService } from '#core/api/istio.ts';
import type { KubeObject } from '#core/api/kubernetes.ts';
import { head, labelled } from './trim.ts';

/*
 * These objects come from CRDs of any origin: whatever is not shaped as it should be is dropped here, so that nobody
 * behind has to fear it.
 */

/** Cuts a route, VirtualService or gateway down to what is read of it. */
export function trimOptional(object: KubeObject): KubeObject {
  const isIstio = object.apiVersion.startsWith('networking.istio.io/');
  if (object.kind === 'VirtualService') return trimVirtualService(object);
  if (object.kind === 'Gateway') return isIstio ? trimIstioGateway(object) : trimGateway(object);
  return trimRoute(object);
}

/** All backends of all rules in one rule. */
function trimRoute(object: KubeObject): GatewayRoute {
  const { spec } = object as { readonly spec?: unknown };
  const backendRefs = listOf(spec, 'rules').flatMap((rule) => references(rule, 'backendRefs'));
  return {
    ...head(object),
    metadata: labelled(object.metadata),
    spec: {
      parentRefs: references(spec, 'parentRefs'),
      hostnames: texts(spec, 'hostnames'),
      rules: [{ backendRefs }],
    },
  };
}

function trimGateway(object: KubeObject): Gateway {
  const { status } = object as { readonly status?: unknown };
  const addresses = listOf(status, 'addresses').flatMap((address) => {
    const value = textOf(address, 'value');
    const type = textOf(address, 'type');
    return value === undefined ? [] : [{ ...(type === undefined ? {} : { type }), value }];
  });
  return { ...head(object), metadata: labelled(object.metadata), status: { addresses } };
}

/** All destinations in one route. */
function trimVirtualService(object: KubeObject): VirtualService {
  const { spec } = object as { readonly spec?: unknown };
  const route = ['http', 'tls', 'tcp']
    .flatMap((protocol) => listOf(spec, protocol))
    .flatMap((rule) => listOf(rule, 'route'))
    .flatMap((each) => {
      const host = textOf(field(each, 'destination'), 'host');
      return host === undefined ? [] : [{ destination: { host } }];
    });
  return {
    ...head(object),
    metadata: labelled(object.metadata),
    spec: { hosts: texts(spec, 'hosts'), gateways: texts(spec, 'gateways'), http: [{ route }] },
  };
}

function trimIstioGateway(object: KubeObject): IstioGateway {
  const selector = field((object as { readonly spec?: unknown }).spec, 'selector');
  const entries = typeof selector === 'object' && selector !== null ? Object.entries(selector) : [];
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return {
    ...head(object),
    metadata: labelled(object.metadata),
    spec: { selector: Object.fromEntries(texts) },
  };
}

function references(value: unknown, key: string) {
  return listOf(value, key).flatMap((reference) => {
    const name = textOf(reference, 'name');
    if (name === undefined) return [];
    const [group, kind, namespace] = ['group', 'kind', 'namespace'].map((part) => textOf(reference, part));
    return [
      {
        ...(group === undefined ? {} : { group }),
        ...(kind === undefined ? {} : { kind }),
        ...(namespace === undefined ? {} : { namespace }),
        name,
      },
    ];
  });
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const list = field(value, key);
  return Array.isArray(list) ? list : [];
}

const texts = (value: unknown, key: string): readonly string[] =>
  listOf(value, key).filter((item) => typeof item === 'string');

function textOf(value: unknown, key: string): string | undefined {
  const text = field(value, key);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
