/**
 * The part of Kubernetes' structural OpenAPI v3 that our kinds use. One constant of this type per kind is the only
 * description of it: CRD, TypeScript type, validation of files and reference docs come from it.
 */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Values of a map with free keys. Never beside `properties`. */
  readonly additionalProperties?: Schema;
  readonly maxProperties?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  /** ECMAScript and RE2 read it alike; anchored by the writer. */
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: 'int32' | 'int64' | 'date-time' | 'byte';
  /** Filled in where the parent exists and the field does not. */
  readonly default?: string | number | boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic';
  /** Fields that are not described stay: objects whose whole schema is Kubernetes' own (a PodSpec). */
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  /** A quantity or port: text or number; `type` is absent then, which the generator sees to. */
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** A CEL rule for the API server, and the same rule for a folder of files, which has no CEL. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  /** Gets the value that `self` is in `rule`, already of the schema's type. */
  // biome-ignore lint/suspicious/noExplicitAny: the schema beside it is the type; a predicate that is handed unknown would have to check it again.
  readonly holds: (self: any) => boolean;
}

type Simplify<T> = { readonly [K in keyof T]: T[K] };
type RequiredKeys<S> = S extends { readonly required: readonly (infer K)[] } ? K : never;

/**
 * The TypeScript type of the values that a schema (an `as const` constant) describes. Fields with a default stay
 * optional: an object may come from a cluster whose CRD is older than ours.
 */
export type FromSchema<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: 'string' }
    ? string
    : S extends { readonly type: 'integer' }
      ? number
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'array'; readonly items: infer I }
          ? readonly FromSchema<I>[]
          : S extends { readonly type: 'object'; readonly properties: infer P }
            ? Simplify<
                { readonly [K in keyof P as K extends RequiredKeys<S> ? K : never]: FromSchema<P[K]> } & {
                  readonly [K in keyof P as K extends RequiredKeys<S> ? never : K]?: FromSchema<P[K]>;
                }
              >
            : S extends { readonly type: 'object'; readonly additionalProperties: infer A }
              ? Readonly<Record<string, FromSchema<A>>>
              : S extends { readonly type: 'object' }
                ? Readonly<Record<string, unknown>>
                : never;
