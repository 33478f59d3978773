import type { NamespaceOffloading } from '#core/api/offload/namespace-offloading.ts';

export type ClusterSelector = NonNullable<NonNullable<NamespaceOffloading['spec']>['clusterSelector']>;
type Term = NonNullable<ClusterSelector['nodeSelectorTerms']>[number];
type Expression = NonNullable<Term['matchExpressions']>[number];

/** What a selector is matched with. */
export interface SelectableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Whether a node selector picks a node, with the meaning that it has in pods' affinities: terms are alternatives,
 * expressions of a term all have to hold, an empty term picks nothing. No selector and no terms pick every node.
 */
export function selects(selector: ClusterSelector | undefined, node: SelectableNode): boolean {
  const terms = selector?.nodeSelectorTerms ?? [];
  if (terms.length === 0) return true;
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    return (
      matchExpressions.every((expression) => holds(expression, node.labels)) &&
      matchFields.every((expression) => holds(expression, { 'metadata.name': node.name }))
    );
  });
}

/** What is wrong with a selector, as a sentence; undefined when nothing is. Kubernetes' rules for node selectors. */
export function selectorProblem(selector: ClusterSelector | undefined): string | undefined {
  for (const { matchExpressions = [], matchFields = [] } of selector?.nodeSelectorTerms ?? []) {
    for (const expression of matchExpressions) {
      const problem = expressionProblem(expression);
      if (problem !== undefined) return problem;
    }
    for (const { key, operator, values = [] } of matchFields) {
      if (key !== 'metadata.name') return `matchFields knows metadata.name, not "${key}"`;
      if (!['In', 'NotIn'].includes(operator) || values.length !== 1)
        return 'matchFields takes In or NotIn with one value';
    }
  }
  return undefined;
}

function expressionProblem({ key, operator, values = [] }: Expression): string | undefined {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0 ? undefined : `${operator} of "${key}" needs values`;
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0 ? undefined : `${operator} of "${key}" takes no values`;
    case 'Gt':
    case 'Lt':
      return values.length === 1 && integer(values[0]) !== undefined
        ? undefined
        : `${operator} of "${key}" needs one integer`;
    default:
      return `"${operator}" is no operator: In, NotIn, Exists, DoesNotExist, Gt or Lt`;
  }
}

function holds(
  { key, operator, values = [] }: Expression,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const [have, bound] = [integer(value), integer(values[0])];
      if (have === undefined || bound === undefined) return false;
      return operator === 'Gt' ? have > bound : have < bound;
    }
    default:
      return false;
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[-+]?\d{1,19}$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}
