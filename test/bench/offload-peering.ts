import { nodes } from '#core/api/kubernetes.ts';
import { load } from './harness/machine.ts';
import { openSight } from './offload-sight.ts';
import { consumer, type OffloadWorld, provider, virtualNode } from './offload-world.ts';

/** One peering, milliseconds. */
export interface PeeringTrial {
  /** From pasting the command to a watch that sees the node Ready; `promptMs`: to the end of the command. */
  readonly readyMs: number;
  readonly promptMs: number;
  /** The whole `unpeer` before it; undefined for the first peering of two clusters that never met. */
  readonly unpeerMs: number | undefined;
  readonly load: number;
}

/** Peers `count` times, and unpeers in between; the clusters are peered at the end. */
export async function measurePeering(world: OffloadWorld, count: number): Promise<readonly PeeringTrial[]> {
  const { here, signal } = world;
  const sight = await openSight(
    here,
    { resource: nodes, fieldSelector: `metadata.name=${virtualNode}` },
    signal,
  );
  const trials: PeeringTrial[] = [];
  for (let trial = 0; trial < count; trial++) {
    let unpeerMs: number | undefined;
    if (trial > 0) {
      const gone = sight.next(({ type }) => type === 'deleted', `${virtualNode} gone`);
      const unpeer = await world.person(consumer, ['kubectl', 'offload', 'unpeer', provider, '--yes']);
      unpeerMs = unpeer.endedMs - unpeer.beganMs;
      await gone;
    }
    const { stdout: command } = await world.person(provider, [
      ...(['kubectl', 'offload', 'generate', 'peer-command', '--only-command'] as const),
    ]);
    const ready = sight.next(
      ({ type, object }) =>
        type === 'applied' &&
        object.status?.conditions?.some(({ type: what, status }) => what === 'Ready' && status === 'True') ===
          true,
      `${virtualNode} Ready`,
    );
    const peer = await world.person(consumer, ['bash'], command);
    const readyMs = (await ready) - peer.beganMs;
    trials.push({ readyMs, promptMs: peer.endedMs - peer.beganMs, unpeerMs, load: load() });
    process.stderr.write(`peering ${trial + 1} of ${count}: Ready after ${readyMs.toFixed(0)} ms\n`);
  }
  return trials;
}
