import { namespaces } from '#core/api/kubernetes.ts';
import { namespaceMaps } from '#core/api/offload/namespace-map.ts';
import { namespaceOffloadings } from '#core/api/offload/namespace-offloading.ts';
import { load } from './harness/machine.ts';
import { openSight } from './offload-sight.ts';
import { consumer, type OffloadWorld } from './offload-world.ts';

/** An empty namespace that is offloaded and comes back: whole commands, milliseconds. */
export interface NamespaceTrial {
  readonly offloadMs: number;
  /** A command that asks nobody: what making its processes costs. */
  readonly helpMs: number;
  readonly unoffloadMs: number;
  /** The steps on the way, since the beginning of `unoffload`: what a watch at consumer or provider sees first. */
  readonly deletedMs: number;
  readonly twinEndsMs: number;
  readonly twinGoneMs: number;
  readonly confirmedMs: number;
  readonly endedMs: number;
  readonly load: number;
}

/** Offloads `count` new namespaces, each alone, and takes it back. */
export async function measureNamespaces(
  world: OffloadWorld,
  count: number,
): Promise<readonly NamespaceTrial[]> {
  const trials: NamespaceTrial[] = [];
  const { here, there, signal } = world;
  const offloadings = await openSight(here, { resource: namespaceOffloadings }, signal);
  const twins = await openSight(there, { resource: namespaces }, signal);
  const maps = await openSight(there, { resource: namespaceMaps }, signal);
  const command = (...words: readonly string[]) => world.person(consumer, ['kubectl', 'offload', ...words]);
  for (let trial = 0; trial < count; trial++) {
    const name = `empty-${trial + 1}`;
    await world.here.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const forth = await command('namespace', name);
    const twin = `${name}-${consumer}`;
    const steps = [
      offloadings.next(
        ({ object: { metadata } }) => metadata.namespace === name && metadata.deletionTimestamp !== undefined,
        `${name} to be taken back`,
      ),
      twins.next(
        ({ object: { metadata } }) => metadata.name === twin && metadata.deletionTimestamp !== undefined,
        `${twin} to end`,
      ),
      twins.next(({ type, object }) => type === 'deleted' && object.metadata.name === twin, `${twin} gone`),
      maps.next(
        ({ object }) => object.status?.currentMapping?.[name] === undefined,
        `${twin} confirmed gone`,
      ),
      offloadings.next(
        ({ type, object }) => type === 'deleted' && object.metadata.namespace === name,
        `${name} taken back`,
      ),
    ];
    const back = await command('unoffload', 'namespace', name, '--yes');
    const [deletedMs = 0, twinEndsMs = 0, twinGoneMs = 0, confirmedMs = 0, endedMs = 0] = (
      await Promise.all(steps)
    ).map((atMs) => atMs - back.beganMs);
    const help = await command('unoffload', '--help');
    const [offloadMs = 0, unoffloadMs = 0, helpMs = 0] = [forth, back, help].map(
      (ran) => ran.endedMs - ran.beganMs,
    );
    const way = { deletedMs, twinEndsMs, twinGoneMs, confirmedMs, endedMs };
    trials.push({ offloadMs, unoffloadMs, helpMs, ...way, load: load() });
    process.stderr.write(`namespace ${trial + 1} of ${count}: back after ${unoffloadMs.toFixed(0)} ms\n`);
    await world.here.delete(namespaces, name);
  }
  return trials;
}
