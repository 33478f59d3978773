import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { DecisionRemark } from '#sidecar/model/host-decision.ts';
import type { Candidate } from './candidate.ts';
import { type Filter, moment, sift } from './filter.ts';
import type { HostInput } from './host-input.ts';

/**
 * Keeps clusters that have a healthy address and are there to be asked. This cluster is left out as well while it is
 * held, having come up a moment ago; the hold is passed over when nobody else is alive.
 */
export const alive: Filter = (standing, { input }) => {
  const { host } = input;
  const others = standing.clusters.some(
    (cluster) => cluster.state !== 'own' && reasonOfDeath(cluster) === undefined,
  );
  const held = heldUntilMs(input);
  const holds = held !== undefined && others;
  const sifted = sift('alive', standing, (cluster) => {
    const why = reasonOfDeath(cluster);
    if (cluster.state === 'silent') return { why: 'silent', silent: true };
    if (cluster.state !== 'own') return why;
    if (why === 'no address of its own' && host.withheld !== undefined) return 'every address is kept back';
    return why ?? (holds ? `held until ${moment(held)}: it has only come up` : undefined);
  });
  const notes = [
    ...(host.withheld ?? []).map(({ address, why }) => `${address} is kept back: ${why}`),
    ...(host.probesSuspect === true ? [suspicion] : []),
    ...(held !== undefined && !holds ? ['the hold is passed over: no other cluster is alive'] : []),
  ];
  return {
    ...sifted,
    step: notes.length === 0 ? sifted.step : { ...sifted.step, note: notes.join('; ') },
    remarks: host.probesSuspect === true ? [suspect(host)] : [],
    ...(held === undefined ? {} : { reconsiderAtMs: held }),
  };
};

/** Until when this cluster is held; undefined: it is not, or had to answer once all the same. */
export function heldUntilMs({ host, nowMs, before, adopted }: HostInput): number | undefined {
  const { heldUntilMs: until } = host;
  if (adopted === true || until === undefined || until <= nowMs) return undefined;
  if (host.health !== 'Healthy' || host.addresses.length === 0) return undefined;
  return until === before.releasedHoldMs ? undefined : until;
}

function reasonOfDeath({ state, addresses, health }: Candidate): string | undefined {
  if (state === 'silent') return 'silent';
  if (state === 'unknown') return 'not heard yet';
  if (health === 'Unhealthy') return 'no ready endpoint';
  if (health === 'NotFound') return 'no such Service';
  if (addresses.length > 0) return undefined;
  return health === undefined ? 'gives no address, its own Gslb says why' : 'no address of its own';
}

const suspicion = 'every probe fails while Services have ready endpoints: the probes are doubted';

const suspect = ({ host }: HostView): DecisionRemark => ({
  reason: 'ProbeSuspect',
  message: `${host}: ${suspicion}, all addresses are answered; look at the path from the sidecar to the ingress`,
});
