import type { Gslb } from '#core/api/gslb/schema.ts';
import type { IngressSpec } from '#core/api/kubernetes.ts';
import { type LabelSelector, labelSelector } from './label-selector.ts';
import { type TargetKind, targetKind, targetKindNames } from './target-kinds.ts';
import type { Remark } from './wish.ts';

/** Where the hosts of a Gslb stand. */
export type Route =
  | { readonly kind: 'embedded'; readonly spec: IngressSpec }
  | {
      readonly kind: 'named';
      readonly target: TargetKind;
      readonly namespace: string;
      readonly name: string;
    }
  | {
      readonly kind: 'selected';
      readonly target: TargetKind;
      readonly namespace: string;
      readonly selector: LabelSelector;
    };

/** Reads spec.resourceRef and spec.ingress as k8gb does: a name counts before labels; nothing at all is the embedded Ingress. */
export function routeOf(gslb: Gslb): Route | Remark {
  const { resourceRef: reference, ingress: embedded } = gslb.spec ?? {};
  const own = gslb.metadata.namespace ?? 'default';
  if (reference === undefined || Object.keys(reference).length === 0) {
    if (embedded !== undefined) return { kind: 'embedded', spec: embedded as IngressSpec };
    return {
      reason: 'NoHosts',
      message:
        'the Gslb names no hosts: set spec.resourceRef to an Ingress, Service or route, or spec.ingress',
    };
  }
  const target = targetKind(reference.apiVersion, reference.kind);
  if (target === undefined)
    return {
      reason: 'ResourceRefNotSupported',
      message: `spec.resourceRef: ${reference.kind ?? 'Ingress'}${reference.apiVersion ? ` of ${reference.apiVersion}` : ''} is not supported; refer to one of ${targetKindNames.join(', ')}`,
    };
  if (reference.name)
    return { kind: 'named', target, namespace: reference.namespace ?? own, name: reference.name };
  const selector = labelSelector(reference.matchLabels, reference.matchExpressions);
  if ('reason' in selector) return selector;
  return { kind: 'selected', target, namespace: own, selector };
}
