import { type KubeObject, nodes, secrets } from '#core/api/kubernetes.ts';
import { peeringClaims } from '#core/api/offload/peering-claim.ts';
import { load } from './harness/machine.ts';
import { openSight } from './offload-sight.ts';
import { consumer, type OffloadWorld, provider, virtualNode } from './offload-world.ts';

/** One peering, milliseconds. */
export interface PeeringTrial {
  /** From pasting the command to a watch that sees the node Ready; `promptMs`: to the end of the command. */
  readonly readyMs: number;
  readonly promptMs: number;
  /** The steps on the way, since the same moment: what a watch at consumer or provider sees first. */
  readonly invitedMs: number;
  readonly claimedMs: number;
  readonly acceptedMs: number;
  readonly recordedMs: number;
  readonly nodeMadeMs: number;
  /** The whole `unpeer` before it; undefined for the first peering of two clusters that never met. */
  readonly unpeerMs: number | undefined;
  readonly load: number;
}

/** Peers `count` times, and unpeers in between; the clusters are peered at the end. */
export async function measurePeering(world: OffloadWorld, count: number): Promise<readonly PeeringTrial[]> {
  const { here, there, signal } = world;
  const sight = await openSight(
    here,
    { resource: nodes, fieldSelector: `metadata.name=${virtualNode}` },
    signal,
  );
  const agents = { resource: secrets, namespace: 'offload-system' };
  const records = await openSight(here, agents, signal);
  const claims = await openSight(there, { resource: peeringClaims }, signal);
  const trials: PeeringTrial[] = [];
  for (let trial = 0; trial < count; trial++) {
    let unpeerMs: number | undefined;
    if (trial > 0) {
      const gone = sight.next(({ type }) => type === 'deleted', `${virtualNode} gone`);
      const unpeer = await world.person(consumer, ['kubectl', 'offload', 'unpeer', provider, '--yes']);
      unpeerMs = unpeer.endedMs - unpeer.beganMs;
      await gone;
    }
    const known = new Set([...claims.list()].map(({ metadata }) => metadata.uid));
    const isNew = ({ metadata }: KubeObject): boolean => !known.has(metadata.uid);
    const { stdout: command } = await world.person(provider, [
      ...(['kubectl', 'offload', 'generate', 'peer-command', '--only-command'] as const),
    ]);
    const secret = (name: string) =>
      records.next(({ type, object }) => type === 'applied' && object.metadata.name === name, name);
    const steps = [
      secret(`invitation-${provider}`),
      claims.next(({ object }) => isNew(object) && object.spec?.consumer !== undefined, 'the claim taken'),
      claims.next(({ object }) => isNew(object) && object.status?.phase === 'Accepted', 'the claim accepted'),
      secret(`peering-${provider}`),
      sight.next(({ type }) => type === 'applied', virtualNode),
    ];
    const ready = sight.next(
      ({ type, object }) =>
        type === 'applied' &&
        object.status?.conditions?.some(({ type: what, status }) => what === 'Ready' && status === 'True') ===
          true,
      `${virtualNode} Ready`,
    );
    const peer = await world.person(consumer, ['bash'], command);
    const readyMs = (await ready) - peer.beganMs;
    const [invitedMs = 0, claimedMs = 0, acceptedMs = 0, recordedMs = 0, nodeMadeMs = 0] = (
      await Promise.all(steps)
    ).map((atMs) => atMs - peer.beganMs);
    const promptMs = peer.endedMs - peer.beganMs;
    const way = { invitedMs, claimedMs, acceptedMs, recordedMs, nodeMadeMs };
    trials.push({ readyMs, promptMs, ...way, unpeerMs, load: load() });
    process.stderr.write(`peering ${trial + 1} of ${count}: Ready after ${readyMs.toFixed(0)} ms\n`);
  }
  return trials;
}
