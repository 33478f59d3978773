import { type Gslb, gslbs, legacyGslbs } from '#core/api/gslb/schema.ts';
import { type Ingress, ingresses, type KubeObject, type Resource } from '#core/api/kubernetes.ts';
import { timeText } from '#core/api/time-text.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import { SourceError } from '#core/source/errors.ts';
import type { EventToRecord, Source } from '#core/source/source.ts';
import type { ClusterView, GslbReference } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { saysNeverPassed as isNeverPassed } from '#sidecar/model/probe-remark.ts';
import { type GslbStatus, gslbStatus } from './gslb-status.ts';
import { gslbOf, holds, ingressOf, isKeptForGslb, isMade, isOwnedBy } from './made-objects.ts';
import type { StatusWriter } from './status-writer.ts';
import { tellings } from './tellings.ts';

/** What is known now; satisfied by the observer and the planner. */
export interface Knowledge {
  readonly view: () => ClusterView;
  readonly gslb: (key: string) => Gslb | undefined;
  readonly annotatedIngress: (key: string) => Ingress | undefined;
  readonly ingress: (key: string) => Ingress | undefined;
  readonly decision: (host: string) => HostDecision | undefined;
  /** Whether the probes that a Gslb depends on have begun a moment ago. Absent: no. */
  readonly probesUndecided?: (key: string) => boolean;
}

/** When a Gslb whose probes are undecided is looked at again. */
const undecidedMs = 30_000;

export interface GslbReconcilerOptions {
  readonly source: Pick<Source, 'apply' | 'delete'>;
  readonly statuses: StatusWriter;
  /** Records an event; what fails is not tried again, and does not fail the rest. */
  readonly tell: (event: EventToRecord) => Promise<void>;
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
export function gslbReconciler(
  options: GslbReconcilerOptions,
): (key: string) => Promise<ReconcileResult | undefined> {
  const { source, statuses, tell, knowledge, ingressGslbGroup } = options;

  return async (key) => {
    const existing = knowledge.gslb(key);
    const stays = await keepGslb(key, existing);
    if (existing === undefined || !stays) return undefined;
    await keepIngress(key, existing);
    return keepStatus(key, existing);
  };

  /** @returns false when it was deleted */
  async function keepGslb(key: string, existing: Gslb | undefined): Promise<boolean> {
    const wanting = knowledge.annotatedIngress(key);
    if (wanting !== undefined) {
      // One of that name that was made by hand stays as it is.
      if (existing === undefined || isOwnedBy(existing, wanting))
        await keep(resourceOf(key), existing, gslbOf(wanting, ingressGslbGroup), wanting);
      return true;
    }
    if (existing === undefined || !isMade(existing)) return true;
    // Its Ingress is still there, but no longer asks for it. A deleted Ingress takes its Gslb along.
    const former = knowledge.ingress(objectKeyOf(key));
    if (former === undefined || !isOwnedBy(existing, former)) return true;
    const { uid } = existing.metadata;
    await source.delete(resourceOf(key), objectKeyOf(key), uid === undefined ? {} : { uid });
    return false;
  }

  /** A refused Gslb's Ingress is left as it is: we must not make a host reachable that is not the Gslb's. */
  async function keepIngress(key: string, gslb: Gslb): Promise<void> {
    const wanted = ingressOf(gslb);
    if (wanted === undefined || !knowledge.view().gslbs.get(key)?.acceptance.accepted) return;
    const actual = knowledge.ingress(objectKeyOf(key));
    if (actual === undefined || isOwnedBy(actual, gslb) || isKeptForGslb(actual)) {
      await keep(ingresses, actual, wanted, gslb);
      return;
    }
    const { namespace, name } = wanted.metadata;
    await tell({
      about: gslb,
      type: 'Warning',
      reason: 'IngressNotOurs',
      message: `Ingress ${namespace}/${name} exists and was not made for this Gslb, so spec.ingress has no effect there; delete it, or refer to it by spec.resourceRef`,
    });
  }

  /** Applies what is not there yet. What the API server will never take is told to whom it is for, not tried again. */
  async function keep<T extends KubeObject>(
    resource: Resource<T>,
    actual: T | undefined,
    wanted: T,
    about: KubeObject,
  ): Promise<void> {
    if (holds(actual, wanted)) return;
    try {
      await source.apply(resource, wanted);
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== 'invalid') throw error;
      const message = `${wanted.kind} ${wanted.metadata.name} cannot be written: ${error.message}`;
      await tell({ about, type: 'Warning', reason: `${wanted.kind}Invalid`, message });
    }
  }

  async function keepStatus(key: string, gslb: Gslb): Promise<ReconcileResult | undefined> {
    const view = knowledge.view().gslbs.get(key);
    if (view === undefined) return undefined;
    const { decision } = knowledge;
    const probesUndecided = knowledge.probesUndecided?.(key) === true;
    const before = statuses.current(gslb);
    const after = gslbStatus({
      geoTag: knowledge.view().geoTag,
      view,
      decision,
      previous: before,
      now: timeText(options.now().getTime()),
      probesUndecided,
    });
    const again = probesUndecided && saysNeverPassed(before) ? { requeueAfterMs: undecidedMs } : undefined;
    if (!(await statuses.write(resourceOf(key), gslb, after))) return again;
    for (const telling of tellings({ before, after, view, decision }))
      await tell({ ...telling, about: gslb });
    return again;
  }
}

const saysNeverPassed = (status: GslbStatus | undefined): boolean =>
  (status?.conditions ?? []).some(({ message = '' }) => isNeverPassed(message));

const resourceOf = (key: string): Resource<Gslb> => (key.startsWith('k8gb.io/') ? gslbs : legacyGslbs);

/** `namespace/name`. */
const objectKeyOf = (key: string): string => key.slice(key.indexOf('/') + 1);
