import type { Resource } from './kubernetes.ts';
import type { Rule, Schema } from './schema.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

/** All that a CRD says of one version of one kind. */
export interface CustomKind {
  readonly resource: Resource;
  readonly description: string;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  /** Groups that `kubectl get` takes: `kubectl get liqo`. */
  readonly categories?: readonly string[];
  readonly printerColumns: readonly PrinterColumn[];
  /** Of whole objects; `metadata.name` may be read. */
  readonly rules?: readonly Rule[];
  readonly spec: Schema;
  readonly status: Schema;
}

/** The schema of whole objects: what stands under openAPIV3Schema. Metadata is the API server's (or the folder's) to check. */
export function objectSchema(kind: CustomKind): Schema {
  return {
    type: 'object',
    description: kind.description,
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of this object.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      spec: kind.spec,
      status: kind.status,
    },
    required: ['spec'],
    ...(kind.rules ? { 'x-kubernetes-validations': kind.rules } : {}),
  };
}
