import type { GslbView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';

/** What was last told about a Gslb. */
export interface Told {
  readonly view: GslbView;
  readonly decisions: ReadonlyMap<string, HostDecision>;
}

/** A sentence for `kubectl describe`. */
export interface Telling {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What is worth an event between two states. Nothing of a first state but what is wrong with it. */
export function tellings(before: Told | undefined, after: Told): readonly Telling[] {
  return [
    ...refusal(before?.view, after.view),
    ...remarks(before?.view, after.view),
    ...targets(before, after),
  ];
}

function refusal(before: GslbView | undefined, { acceptance }: GslbView): readonly Telling[] {
  const last = before?.acceptance;
  if (acceptance.accepted) {
    if (last === undefined || last.accepted) return [];
    return [{ type: 'Normal', reason: 'Accepted', message: `served now; before: ${last.message}` }];
  }
  if (last !== undefined && !last.accepted && last.message === acceptance.message) return [];
  return [{ type: 'Warning', reason: acceptance.reason, message: acceptance.message }];
}

function remarks(before: GslbView | undefined, after: GslbView): readonly Telling[] {
  const known = new Set(before?.warnings.map(({ message }) => message));
  return after.warnings
    .filter(({ message }) => !known.has(message))
    .map(({ reason, message }) => ({ type: 'Warning', reason, message }));
}

function* targets(before: Told | undefined, after: Told): Iterable<Telling> {
  if (before === undefined) return;
  const healthBefore = new Map(before.view.hosts.map(({ host, health }) => [host, health]));
  for (const { host, health } of after.view.hosts) {
    const last = healthBefore.get(host);
    if (last !== undefined && last !== health) {
      const reason = health === 'Healthy' ? 'Healthy' : 'Unhealthy';
      const why = {
        Healthy: 'has a ready endpoint here',
        Unhealthy: 'has no ready endpoint here',
        NotFound: 'has no Service here',
      };
      yield { type: health === 'Healthy' ? 'Normal' : 'Warning', reason, message: `${host} ${why[health]}` };
    }
    const from = before.decisions.get(host);
    const to = after.decisions.get(host);
    if (from === undefined || to === undefined || String(from.healthyRecords) === String(to.healthyRecords))
      continue;
    const list = (addresses: readonly string[]) => addresses.join(', ') || 'nothing';
    yield {
      type: to.healthyRecords.length === 0 ? 'Warning' : 'Normal',
      reason: 'TargetsChanged',
      message: `${host} answers ${list(to.healthyRecords)}; before: ${list(from.healthyRecords)}`,
    };
  }
}
