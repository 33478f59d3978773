import type { KubeObject, Resource, Service } from '#core/api/kubernetes.ts';
import type { LabelSelector } from './label-selector.ts';
import { kindId } from './target-kinds.ts';
import type { ReadState } from './target-objects.ts';

/** What is looked up to resolve what a Gslb refers to. */
export interface Objects {
  state(resource: Resource): ReadState;
  /** @param key `namespace/name` */
  get<T extends KubeObject>(resource: Resource<T>, key: string): T | undefined;
  inNamespace<T extends KubeObject>(resource: Resource<T>, namespace: string): readonly T[];
  /** Services of any namespace with these labels. */
  servicesOf(selector: LabelSelector): readonly Service[];
}

/*
 * What a Gslb was resolved from, as texts: whoever changes something finds by them the Gslbs to resolve again.
 */

/** On one object, whether it exists or not. */
export const objectDependency = (resource: Resource, key: string): string => `${kindId(resource)}/${key}`;

/** On every object of a namespace. */
export const namespaceDependency = (resource: Resource, namespace: string): string =>
  `${kindId(resource)}/${namespace}/*`;

/** On whether a kind can be listed. */
export const kindDependency = (resource: Resource): string => kindId(resource);

/** On the Services with some labels. */
export const selectorDependency = ({ text }: LabelSelector): string => `${selectorPrefix}${text}`;
export const selectorPrefix = 'Service?';
