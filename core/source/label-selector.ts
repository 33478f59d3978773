import { SourceError } from './errors.ts';

/** Says whether labels are selected. */
export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;

/** The selector in parts, separated by the commas that are not inside parentheses. */
const parts = /(?:[^,(]|\([^)]*\))+/g;
const key = '([A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?)';
const setBased = new RegExp(`^${key}\\s+(in|notin)\\s*\\(([^)]*)\\)$`);
const equality = new RegExp(`^${key}\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`);
const existence = new RegExp(`^(!?)\\s*${key}$`);

/**
 * Reads a selector as kubectl's -l does: `a=b, a==b, a!=b, a in (b, c), a notin (b, c), a, !a`, all of which must
 * hold. Empty or undefined selects everything. As in Kubernetes, != and notin select objects without the label.
 * Throws SourceError `invalid`.
 */
export function labelMatcher(selector: string | undefined): LabelMatcher {
  if (selector === undefined || selector.trim() === '') return () => true;
  const found = selector.match(parts) ?? [];
  if (found.join(',') !== selector) throw unreadable(selector, selector);
  const matchers = found.map((part) => requirement(part.trim(), selector));
  return (labels) => matchers.every((matches) => matches(labels));
}

function requirement(part: string, selector: string): LabelMatcher {
  const set = setBased.exec(part);
  if (set)
    return oneOf(
      set[1] as string,
      set[2] === 'in',
      (set[3] as string).split(',').map((v) => v.trim()),
    );
  const equal = equality.exec(part);
  if (equal) return oneOf(equal[1] as string, equal[2] !== '!=', [equal[3] as string]);
  const exists = existence.exec(part);
  if (exists) {
    const label = exists[2] as string;
    const wanted = exists[1] === '';
    return (labels) => (labels !== undefined && Object.hasOwn(labels, label)) === wanted;
  }
  throw unreadable(selector, part);
}

function unreadable(selector: string, part: string): SourceError {
  return new SourceError('invalid', `the label selector "${selector}" cannot be read at "${part}"`, {
    hint: 'Write it as for kubectl get -l, for example app=podinfo,tier in (web,api).',
  });
}

function oneOf(label: string, among: boolean, values: readonly string[]): LabelMatcher {
  return (labels) => {
    const value = labels !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
    return (value !== undefined && values.includes(value)) === among;
  };
}
