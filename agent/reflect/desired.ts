import { annotations, labels } from '#agent/model/names.ts';
import { isSafe } from './ingress-annotations.ts';
import {
  type Reflected,
  type ReflectedKind,
  reflectedAnnotationsAnnotation,
  remoteAddressesAnnotation,
  secretRecordName,
  specOf,
} from './reflected.ts';

/** Something to say on the local object. */
export interface Note {
  readonly reason: string;
  readonly message: string;
}

/** What the provider should have of a local object: this, or nothing. */
export interface Desired {
  readonly object?: Reflected;
  readonly notes: readonly Note[];
}

export interface Destination {
  /** Id of this cluster. */
  readonly origin: string;
  /** Id of the provider. */
  readonly destination: string;
  /** The twin namespace. */
  readonly namespace: string;
}

/** Service fields that mean the same in another cluster; addresses, node ports and families are each cluster's own. */
const serviceFields = [
  'selector',
  'ports',
  'sessionAffinity',
  'sessionAffinityConfig',
  'publishNotReadyAddresses',
  'internalTrafficPolicy',
  'trafficDistribution',
] as const;

const droppedAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'kubernetes.io/ingress.class',
  'endpoints.kubernetes.io/last-change-trigger-time',
  annotations.skipReflection,
  remoteAddressesAnnotation,
  reflectedAnnotationsAnnotation,
]);
/** They name addresses of this cluster, which must not be published as another's. */
const droppedAnnotationPrefixes = [
  'k8gb.io/exposed-',
  'metallb.universe.tf/',
  'metallb.io/',
  // Names in the zones of this cluster.
  'external-dns.alpha.kubernetes.io/',
];

/** Says what a provider should have of a local object, in its present state. */
export function desiredAtProvider(kind: ReflectedKind, local: Reflected, to: Destination): Desired {
  const { name, deletionTimestamp } = local.metadata;
  const nothing: Desired = { notes: [] };
  if (deletionTimestamp !== undefined || skipsReflection(local)) return nothing;
  switch (kind) {
    case 'Service':
      return name === 'kubernetes' ? nothing : desiredService(local, to);
    case 'Ingress':
      return desiredIngress(local, to);
    case 'ConfigMap':
      if (name === 'kube-root-ca.crt' || name === secretRecordName) return nothing;
      return { object: { ...shell(local, to), ...contents(local) }, notes: [] };
    case 'Secret': {
      const type = local.type ?? 'Opaque';
      if (type === 'kubernetes.io/service-account-token' || type === 'bootstrap.kubernetes.io/token') {
        const message = `Not reflected to cluster "${to.destination}": a Secret of type ${type} is this cluster's own`;
        return { notes: [{ reason: 'NotReflected', message }] };
      }
      return { object: { ...shell(local, to), type, ...contents(local) }, notes: [] };
    }
  }
}

/** The annotation's presence skips, as in Liqo; "false" does not. */
function skipsReflection(local: Reflected): boolean {
  const value = local.metadata.annotations?.[annotations.skipReflection];
  return value !== undefined && value !== 'false';
}

function desiredService(local: Reflected, to: Destination): Desired {
  const spec = specOf(local);
  if (spec['type'] === 'ExternalName') {
    const message = `Not reflected to cluster "${to.destination}": a Service of type ExternalName has no endpoints to span`;
    return { notes: [{ reason: 'NotReflected', message }] };
  }
  const headless = spec['clusterIP'] === 'None';
  const kept = serviceFields.flatMap((field) =>
    spec[field] === undefined ? [] : [[field, spec[field]] as const],
  );
  const ports = ((spec['ports'] ?? []) as readonly Record<string, unknown>[]).map(
    ({ nodePort: _, ...port }) => port,
  );
  const object: Reflected = {
    ...shell(local, to),
    spec: {
      type: 'ClusterIP',
      ...Object.fromEntries(kept),
      ...(ports.length === 0 ? {} : { ports }),
      ...(headless ? { clusterIP: 'None' } : {}),
    },
  };
  const message =
    'A headless Service names pod addresses, which are not reachable in other clusters: each cluster sees its own pods only';
  return { object, notes: headless ? [{ reason: 'HeadlessNotSpanned', message }] : [] };
}

function desiredIngress(local: Reflected, to: Destination): Desired {
  const { ingressClassName: _, ...spec } = specOf(local);
  const { annotations: all = {}, ...metadata } = local.metadata;
  const copied = Object.entries(all).filter(([key]) => isCopied(key));
  const [safe, left] = [copied.filter(([key]) => isSafe(key)), copied.filter(([key]) => !isSafe(key))];
  const object = {
    ...shell({ ...local, metadata: { ...metadata, annotations: Object.fromEntries(safe) } }, to),
    spec,
  };
  if (left.length === 0) return { object, notes: [] };
  const names = left.map(([key]) => key).join(', ');
  const message = `Reflected to cluster "${to.destination}" without annotations that a tenant may not set there: ${names}`;
  return { object, notes: [{ reason: 'AnnotationsNotReflected', message }] };
}

function contents({ data, binaryData, immutable }: Reflected): Partial<Reflected> {
  return {
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
    ...(immutable === undefined ? {} : { immutable }),
  };
}

function shell(local: Reflected, to: Destination): Reflected {
  const kept = Object.entries(local.metadata.annotations ?? {}).filter(([key]) => isCopied(key));
  const record = kept.map(([key]) => key).sort();
  return {
    apiVersion: local.apiVersion,
    kind: local.kind,
    metadata: {
      name: local.metadata.name,
      namespace: to.namespace,
      labels: {
        ...local.metadata.labels,
        [labels.origin]: to.origin,
        [labels.destination]: to.destination,
      },
      ...(kept.length === 0
        ? {}
        : {
            annotations: {
              ...Object.fromEntries(kept),
              [reflectedAnnotationsAnnotation]: record.join(','),
            },
          }),
    },
  };
}

function isCopied(annotation: string): boolean {
  return (
    !droppedAnnotations.has(annotation) &&
    !droppedAnnotationPrefixes.some((prefix) => annotation.startsWith(prefix))
  );
}
