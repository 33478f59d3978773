import { namespaces } from '#core/api/kubernetes.ts';
import { load } from './harness/machine.ts';
import { consumer, type OffloadWorld } from './offload-world.ts';

/** An empty namespace that is offloaded and comes back: whole commands, milliseconds. */
export interface NamespaceTrial {
  readonly offloadMs: number;
  readonly unoffloadMs: number;
  readonly load: number;
}

/** Offloads `count` new namespaces, each alone, and takes it back. */
export async function measureNamespaces(
  world: OffloadWorld,
  count: number,
): Promise<readonly NamespaceTrial[]> {
  const trials: NamespaceTrial[] = [];
  const timed = async (...words: readonly string[]): Promise<number> => {
    const { beganMs, endedMs } = await world.person(consumer, ['kubectl', 'offload', ...words]);
    return endedMs - beganMs;
  };
  for (let trial = 0; trial < count; trial++) {
    const name = `empty-${trial + 1}`;
    await world.here.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const offloadMs = await timed('namespace', name);
    const unoffloadMs = await timed('unoffload', 'namespace', name, '--yes');
    trials.push({ offloadMs, unoffloadMs, load: load() });
    process.stderr.write(`namespace ${trial + 1} of ${count}: back after ${unoffloadMs.toFixed(0)} ms\n`);
    await world.here.delete(namespaces, name);
  }
  return trials;
}
