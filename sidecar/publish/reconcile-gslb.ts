import { type Gslb, gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import { type Ingress, ingresses } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';
import type { ClusterView, GslbReference } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { type Told, tellings } from './events.ts';
import { gslbStatus } from './gslb-status.ts';
import { gslbOf, holds, ingressOf, isOwnedBy, managedByLabel } from './made-objects.ts';
import { statusPatch } from './status-patch.ts';

/** What is known now; satisfied by the observer and the planner. */
export interface Knowledge {
  readonly view: () => ClusterView;
  readonly gslb: (key: string) => Gslb | undefined;
  readonly annotatedIngress: (key: string) => Ingress | undefined;
  readonly ingress: (key: string) => Ingress | undefined;
  readonly decision: (host: string) => HostDecision | undefined;
}

export interface GslbReconcilerOptions {
  readonly source: Source;
  readonly knowledge: Knowledge;
  /** Group of Gslbs made for annotated Ingresses. */
  readonly ingressGslbGroup: GslbReference['group'];
  /** Wall clock, for conditions. */
  readonly now: () => Date;
}

/**
 * Brings one Gslb (`group/namespace/name`) in the API server to what is known: the object itself where an annotated
 * Ingress wants it, its embedded Ingress, its status, and events. Writes only differences. Rejects with SourceError.
 */
export function gslbReconciler(options: GslbReconcilerOptions): (key: string) => Promise<void> {
  const { source, knowledge, ingressGslbGroup } = options;
  const told = new Map<string, Told>();

  return async (key) => {
    const existing = knowledge.gslb(key);
    await keepGslb(key, existing);
    if (existing === undefined) {
      told.delete(key);
      return;
    }
    await keepIngress(existing);
    await keepStatus(key, existing);
  };

  async function keepGslb(key: string, existing: Gslb | undefined): Promise<void> {
    const wanting = knowledge.annotatedIngress(key);
    if (wanting !== undefined && (existing === undefined || isOwnedBy(existing, wanting))) {
      const wanted = gslbOf(wanting, ingressGslbGroup);
      if (!holds(existing, wanted)) await source.apply(resourceOf(key), wanted);
      return;
    }
    if (wanting !== undefined || existing === undefined || !key.startsWith(`${ingressGslbGroup}/`)) return;
    // Made for an Ingress that is still there, but no longer asks for it. A deleted Ingress takes its Gslb along.
    const former = knowledge.ingress(key.slice(ingressGslbGroup.length + 1));
    if (former === undefined || !isOwnedBy(existing, former)) return;
    const { uid } = existing.metadata;
    await source.delete(resourceOf(key), key.slice(key.indexOf('/') + 1), uid === undefined ? {} : { uid });
  }

  async function keepIngress(gslb: Gslb): Promise<void> {
    const wanted = ingressOf(gslb);
    if (wanted === undefined) return;
    const actual = knowledge.ingress(`${wanted.metadata.namespace}/${wanted.metadata.name}`);
    if (holds(actual, wanted)) return;
    const foreign =
      actual !== undefined && !isOwnedBy(actual, gslb) && actual.metadata.labels?.[managedByLabel] !== 'gslb';
    if (!foreign) {
      await source.apply(ingresses, wanted);
      return;
    }
    await source.recordEvent({
      type: 'Warning',
      reason: 'IngressNotOurs',
      message: `Ingress ${wanted.metadata.name} exists and was not made for this Gslb; delete it, or refer to it by spec.resourceRef`,
      about: gslb,
    });
  }

  async function keepStatus(key: string, gslb: Gslb): Promise<void> {
    const view = knowledge.view().gslbs.get(key);
    if (view === undefined) return;
    const { geoTag } = knowledge.view();
    const status = gslbStatus({
      geoTag,
      view,
      decision: knowledge.decision,
      previous: gslb.status,
      now: options
        .now()
        .toISOString()
        .replace(/\.\d+Z$/, 'Z'),
    });
    const patch = statusPatch(gslb.status, status);
    if (patch !== undefined)
      await source.patchStatus(resourceOf(key), key.slice(key.indexOf('/') + 1), patch);
    const decisions = new Map(
      view.hosts.flatMap(({ host }) => {
        const decision = knowledge.decision(host);
        return decision === undefined ? [] : [[host, decision] as const];
      }),
    );
    const state: Told = { view, decisions };
    for (const telling of tellings(told.get(key), state))
      await source.recordEvent({ ...telling, about: gslb });
    told.set(key, state);
  }
}

const resourceOf = (key: string) => (key.startsWith('k8gb.io/') ? gslbs : legacyGslbs);
