import { SourceError } from '#core/source/errors.ts';

interface Expression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

export interface SelectorTerm {
  readonly matchExpressions: readonly Expression[];
}

const parts = /(?:[^,(]|\([^)]*\))+/g;
const key = '([A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?)';
const setBased = new RegExp(`^${key}\\s+(in|notin)\\s*\\(([^)]*)\\)$`);
const equality = new RegExp(`^${key}\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`);
const existence = new RegExp(`^(!?)\\s*${key}$`);

/**
 * Label selectors as terms of a node selector: what is in one must all hold, any of several will do. Written as for
 * kubectl's -l. @throws SourceError `invalid`
 */
export function selectorTerms(selectors: readonly string[]): readonly SelectorTerm[] {
  return selectors.map((selector) => {
    const found = selector.match(parts) ?? [];
    if (found.length === 0 || found.join(',') !== selector) throw unreadable(selector, selector);
    return { matchExpressions: found.map((part) => expression(part.trim(), selector)) };
  });
}

function expression(part: string, selector: string): Expression {
  const [, setKey, word, list] = setBased.exec(part) ?? [];
  if (setKey !== undefined && list !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return { key: setKey, operator: word === 'in' ? 'In' : 'NotIn', values };
  }
  const [, equalKey, sign, value] = equality.exec(part) ?? [];
  if (equalKey !== undefined && value !== undefined)
    return { key: equalKey, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  const [, not, existingKey] = existence.exec(part) ?? [];
  if (existingKey !== undefined)
    return { key: existingKey, operator: not === '!' ? 'DoesNotExist' : 'Exists' };
  throw unreadable(selector, part);
}

function unreadable(selector: string, part: string): SourceError {
  return new SourceError('invalid', `the label selector "${selector}" cannot be read at "${part}"`, {
    hint: 'write it as for kubectl get -l, for example topology.liqo.io/type=destination,tier in (gold,silver)',
  });
}
