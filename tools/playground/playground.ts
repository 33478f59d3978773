import type { ScenarioName } from './arguments.ts';
import { oneName, oneNameImages } from './scenario/one-name.ts';
import { provideBinaries } from './world/binaries.ts';
import type { World } from './world/plan.ts';
import { claimWorld, instanceFolder, lockInstance } from './world/state.ts';
import { gatherStatus, renderStatus } from './world/status.ts';
import type { Steps } from './world/steps.ts';
import { bringUp } from './world/up.ts';

export interface PlaygroundOptions {
  /** The folder that holds all instances. */
  readonly root: string;
  readonly instance: string;
  readonly env: NodeJS.ProcessEnv;
  readonly steps: Steps;
  /** Where tables go that a person shall see. */
  readonly out: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Brings an instance up, or mends it, and runs its scenario. */
export async function raise(options: PlaygroundOptions, scenario: ScenarioName): Promise<World> {
  const { root, instance } = options;
  using _ = await lockInstance(root, instance, 'up');
  const binaries = await options.steps.step('packages and programs', () =>
    provideBinaries(options.env, options.signal),
  );
  const folder = instanceFolder(root, instance);
  const world = await claimWorld(root, instance, undefined);
  const context = { ...options, world, folder, binaries };
  if (scenario === 'bare') {
    await bringUp(context);
    options.out(renderStatus(await gatherStatus(world, folder)));
  } else {
    const [clusters, images] = await Promise.all([
      bringUp(context),
      options.steps.step('programs built', () => oneNameImages(options.signal)),
    ]);
    await oneName({ ...context, clusters }, images, { legacyApi: scenario === 'legacy-api' });
  }
  return world;
}
