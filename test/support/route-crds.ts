const text = { type: 'string' };
const list = (items: object) => ({ type: 'array', items });
const object = (properties: object) => ({ type: 'object', properties });
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const parentRef = object({ group: text, kind: text, namespace: text, name: text, sectionName: text });
const backendRef = object({
  group: text,
  kind: text,
  namespace: text,
  name: text,
  port: { type: 'integer' },
  weight: { type: 'integer' },
});
const rules = list(object({ matches: list(open), filters: list(open), backendRefs: list(backendRef) }));
const routeSpec = object({ parentRefs: list(parentRef), hostnames: list(text), rules });
const hostlessSpec = object({ parentRefs: list(parentRef), rules });

const destination = object({ host: text, subset: text, port: object({ number: { type: 'integer' } }) });
const istioRules = list(object({ match: list(open), route: list(object({ destination })) }));

/** A CRD by hand: only what Interspan reads of the kind, in the place where the real one has it. */
function crd(group: string, kind: string, versions: readonly string[], spec: object, status: object = open) {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      // The API server lets only objects with a word about their review into groups of Kubernetes' own.
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a fixture of tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        subresources: { status: {} },
        schema: { openAPIV3Schema: object({ spec, status }) },
      })),
    },
  };
}

const gatewayApi = 'gateway.networking.k8s.io';
const istio = 'networking.istio.io';

/** Gateway API's kinds that a Gslb may refer to. */
export const gatewayApiCrds: readonly object[] = [
  crd(
    gatewayApi,
    'Gateway',
    ['v1'],
    object({ gatewayClassName: text, listeners: list(open) }),
    object({ addresses: list(object({ type: text, value: text })) }),
  ),
  crd(gatewayApi, 'HTTPRoute', ['v1'], routeSpec),
  crd(gatewayApi, 'GRPCRoute', ['v1'], routeSpec),
  crd(gatewayApi, 'TLSRoute', ['v1', 'v1alpha3', 'v1alpha2'], routeSpec),
  crd(gatewayApi, 'TCPRoute', ['v1alpha2'], hostlessSpec),
  crd(gatewayApi, 'UDPRoute', ['v1alpha2'], hostlessSpec),
];

/** Istio's. */
export const istioCrds: readonly object[] = [
  crd(
    istio,
    'VirtualService',
    ['v1', 'v1beta1'],
    object({ hosts: list(text), gateways: list(text), http: istioRules, tls: istioRules, tcp: istioRules }),
  ),
  crd(
    istio,
    'Gateway',
    ['v1', 'v1beta1'],
    object({ selector: { type: 'object', additionalProperties: text }, servers: list(open) }),
  ),
];
