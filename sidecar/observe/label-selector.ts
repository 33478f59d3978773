import type { Remark } from './wish.ts';

type Labels = Readonly<Record<string, string>>;

/** A metav1.LabelSelector, read. */
export interface LabelSelector {
  readonly matches: (labels: Labels | undefined) => boolean;
  /** A label that everything selected has: what to look up instead of going through all. */
  readonly pivot: { readonly key: string; readonly value: string } | undefined;
  /** As kubectl writes it: `app=podinfo,tier in (web,api)`. */
  readonly text: string;
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** Reads spec.resourceRef's matchLabels and matchExpressions, all of which must hold; refuses one that says nothing. */
export function labelSelector(
  labels: Labels = {},
  expressions: readonly Expression[] = [],
): LabelSelector | Remark {
  const requirements = [
    ...Object.entries(labels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...expressions,
  ];
  if (requirements.length === 0)
    return {
      reason: 'ResourceRefIncomplete',
      message: 'spec.resourceRef says neither name nor matchLabels nor matchExpressions; name the object',
    };
  for (const { key, operator, values = [] } of requirements) {
    const setBased = operator === 'In' || operator === 'NotIn';
    if (!setBased && operator !== 'Exists' && operator !== 'DoesNotExist')
      return {
        reason: 'ResourceRefInvalid',
        message: `spec.resourceRef.matchExpressions: operator "${operator}" of ${key} is unknown; use In, NotIn, Exists or DoesNotExist`,
      };
    if (setBased === (values.length === 0))
      return {
        reason: 'ResourceRefInvalid',
        message: `spec.resourceRef.matchExpressions: ${operator} of ${key} ${setBased ? 'needs values' : 'takes no values'}; correct it`,
      };
  }
  return {
    matches: (actual) => requirements.every((requirement) => holds(requirement, actual)),
    pivot: pivotOf(requirements),
    text: requirements.map(requirementText).join(','),
  };
}

function pivotOf(requirements: readonly Expression[]): LabelSelector['pivot'] {
  for (const { key, operator, values: [value, other] = [] } of requirements)
    if (operator === 'In' && value !== undefined && other === undefined) return { key, value };
  return undefined;
}

/** As in Kubernetes NotIn holds for objects without the label. */
function holds({ key, operator, values = [] }: Expression, labels: Labels | undefined): boolean {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  return (value !== undefined && values.includes(value)) === (operator === 'In');
}

function requirementText({ key, operator, values = [] }: Expression): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`;
  return `${key} ${operator.toLowerCase()} (${values.join(',')})`;
}
