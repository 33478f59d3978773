import type { KubeObject, Resource, Service } from '#core/api/kubernetes.ts';
import type { LabelSelector } from './label-selector.ts';
import { kindId } from './target-kinds.ts';
import type { ReadState } from './target-objects.ts';

/** What is looked up to resolve what a Gslb refers to. */
export interface Objects {
  state(resource: Resource): ReadState;
  /** @param key `namespace/name` */
  get<T extends KubeObject>(resource: Resource<T>, key: string): T | undefined;
  /** Those of a namespace with these labels. */
  select<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string,
    selector: LabelSelector,
  ): readonly T[];
  /** Services of any namespace with these labels. */
  servicesOf(selector: LabelSelector): readonly Service[];
}

/*
 * What a Gslb was resolved from, as texts: whoever changes something finds by them the Gslbs to resolve again.
 */

/** On one object, whether it exists or not. */
export const objectDependency = (resource: Resource, key: string): string => `${kindId(resource)}/${key}`;

/** On every object of a namespace that a selector may select. */
export const selectionDependency = (
  resource: Resource,
  namespace: string,
  { pivot }: LabelSelector,
): string => `${kindId(resource)}/${namespace}/*${pivot === undefined ? '' : `${pivot.key}=${pivot.value}`}`;

/** The selections that an object of these labels may be in. */
export const selectionsOf = (
  resource: Resource,
  namespace: string,
  labels: Readonly<Record<string, string>> = {},
): readonly string[] => {
  const all = `${kindId(resource)}/${namespace}/*`;
  return [all, ...Object.entries(labels).map(([key, value]) => `${all}${key}=${value}`)];
};

/** On whether a kind can be listed. */
export const kindDependency = (resource: Resource): string => kindId(resource);

/** On the Services with some labels. */
export const selectorDependency = ({ text }: LabelSelector): string => `${selectorPrefix}${text}`;
export const selectorPrefix = 'Service?';
