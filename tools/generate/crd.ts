import { type CustomKind, objectSchema } from '#core/api/custom-kind.ts';
import type { Schema } from '#core/api/schema.ts';

/** The CustomResourceDefinition of one kind, as plain data. One version, served and stored, with a status subresource. */
export function crd(kind: CustomKind): Readonly<Record<string, unknown>> {
  const { group, version, kind: name, plural, namespaced } = kind.resource;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'interspan' } },
    spec: {
      group,
      names: {
        kind: name,
        listKind: `${name}List`,
        plural,
        singular: kind.singular,
        ...(kind.shortNames ? { shortNames: kind.shortNames } : {}),
        ...(kind.categories ? { categories: kind.categories } : {}),
      },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.printerColumns,
          schema: { openAPIV3Schema: openApi(objectSchema(kind)) },
          subresources: { status: {} },
        },
      ],
    },
  };
}

/** The schema without what only TypeScript reads: the predicates beside CEL rules. */
function openApi(schema: Schema): Readonly<Record<string, unknown>> {
  const {
    properties,
    items,
    additionalProperties,
    'x-kubernetes-validations': rules,
    type,
    ...plain
  } = schema;
  return {
    ...(schema['x-kubernetes-int-or-string'] ? {} : { type }),
    ...plain,
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([k, v]) => [k, openApi(v)])) }
      : {}),
    ...(items ? { items: openApi(items) } : {}),
    ...(additionalProperties ? { additionalProperties: openApi(additionalProperties) } : {}),
    ...(rules ? { 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) } : {}),
  };
}
