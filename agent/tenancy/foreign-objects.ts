import { labels } from '#agent/model/names.ts';
import type { KubeObject } from '#core/api/kubernetes.ts';

/** Objects of one kind in a namespace. */
export interface Listed {
  /** `service`, as kubectl names one. */
  readonly noun: string;
  readonly objects: readonly KubeObject[];
}

/** Longest list that people read. */
const shown = 10;

/** Whether it is there because of this consumer: what it reflected, or a pod that we made for it. */
export function isOfConsumer({ kind, metadata }: KubeObject, consumer: string): boolean {
  if (metadata.labels?.[labels.origin] === consumer) return true;
  return kind === 'Pod' && metadata.labels?.[labels.managedBy] === 'shadowpod';
}

/** `service/db, configmap/settings`: what is neither this consumer's nor in every namespace; undefined for nothing. */
export function foreignObjects(lists: readonly Listed[], consumer: string): string | undefined {
  const found = lists.flatMap(({ noun, objects }) =>
    objects
      .filter((object) => !isOfConsumer(object, consumer) && !isEverywhere(object))
      .map(({ metadata }) => `${noun}/${metadata.name}`),
  );
  if (found.length === 0) return undefined;
  const more = found.length > shown ? ` and ${found.length - shown} more` : '';
  return `${found.slice(0, shown).join(', ')}${more}`;
}

function isEverywhere({ kind, metadata }: KubeObject): boolean {
  return kind === 'ConfigMap' && metadata.name === 'kube-root-ca.crt';
}
