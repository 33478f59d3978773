import { objectSchema } from '#core/api/custom-kind.ts';
import { customKinds } from '#core/api/custom-kinds.ts';
import { endpointSlices, ingresses, nodes, pods, type Resource, services } from '#core/api/kubernetes.ts';
import { apiVersion } from '#core/api/resource.ts';
import type { Schema } from '#core/api/schema.ts';
import {
  endpointSliceSchema,
  ingressSchema,
  nodeSchema,
  podSchema,
  serviceSchema,
} from './kubernetes-schemas.ts';

/** A kind that a folder may hold. */
export interface KnownKind {
  readonly resource: Resource;
  readonly schema: Schema;
  /** Whether the schema is the whole truth: defaults are filled in, other fields dropped and reported. */
  readonly complete: boolean;
}

const kinds: readonly KnownKind[] = [
  { resource: ingresses, schema: ingressSchema, complete: false },
  { resource: services, schema: serviceSchema, complete: false },
  { resource: endpointSlices, schema: endpointSliceSchema, complete: false },
  { resource: pods, schema: podSchema, complete: false },
  { resource: nodes, schema: nodeSchema, complete: false },
  ...customKinds.map((kind) => ({ resource: kind.resource, schema: objectSchema(kind), complete: true })),
];

const byId = new Map(kinds.map((kind) => [kindId(kind.resource), kind]));

/** `k8gb.io/v1beta1/Gslb`: what objects of one kind have in common. */
export function kindId(resource: Resource): string {
  return `${apiVersion(resource)}/${resource.kind}`;
}

export function knownKind(id: string): KnownKind | undefined {
  return byId.get(id);
}

/** Kinds of this name in any version, or kinds of this group: what somebody who misspelt one may have meant. */
export function similarKinds(group: string, kind: string): readonly Resource[] {
  const custom = (resource: Resource): boolean => resource.group !== '' && resource.group === group;
  return kinds
    .map((known) => known.resource)
    .filter((r) => r.kind === kind || (custom(r) && !standard(group)));
}

/** Groups of Kubernetes' own, of which a folder may hold kinds that are none of our business. */
function standard(group: string): boolean {
  return !group.includes('.') || group.endsWith('.k8s.io');
}
