import type { ScenarioName } from './arguments.ts';
import type { ScenarioContext } from './scenario/context.ts';
import { globalIngress } from './scenario/global-ingress.ts';
import { oneName, oneNameImages } from './scenario/one-name.ts';
import { replicatedDeployments } from './scenario/replicated-deployments.ts';
import { serviceOffloading } from './scenario/service-offloading.ts';
import { provideBinaries } from './world/binaries.ts';
import type { LayoutName, World } from './world/plan.ts';
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

type Images = Awaited<ReturnType<typeof oneNameImages>>;

interface Scenario {
  readonly layout: LayoutName;
  readonly run: (context: ScenarioContext, images: Images) => Promise<void>;
}

const scenarios: Readonly<Record<Exclude<ScenarioName, 'bare'>, Scenario>> = {
  'one-name': {
    layout: 'global-ingress',
    run: (context, images) => oneName(context, images, { legacyApi: false }),
  },
  'legacy-api': {
    layout: 'global-ingress',
    run: (context, images) => oneName(context, images, { legacyApi: true }),
  },
  'global-ingress': { layout: 'global-ingress', run: globalIngress },
  'service-offloading': { layout: 'service-offloading', run: serviceOffloading },
  'replicated-deployments': { layout: 'replicated-deployments', run: replicatedDeployments },
};

/**
 * Brings an instance up, or mends it, and runs its scenario.
 * @param layout of a bare world; default: what the instance has, else the tutorial's
 */
export async function raise(
  options: PlaygroundOptions,
  scenario: ScenarioName,
  layout?: LayoutName,
): Promise<World> {
  const { root, instance } = options;
  using _ = await lockInstance(root, instance, 'up');
  const binaries = await options.steps.step('packages and programs', () =>
    provideBinaries(options.env, options.signal),
  );
  const folder = instanceFolder(root, instance);
  const chosen = scenario === 'bare' ? undefined : scenarios[scenario];
  const world = await claimWorld(root, instance, chosen?.layout ?? layout);
  const context = { ...options, world, folder, binaries };
  if (chosen === undefined) {
    await bringUp(context);
    options.out(renderStatus(await gatherStatus(world, folder)));
    return world;
  }
  const [clusters, images] = await Promise.all([
    bringUp(context),
    options.steps.step('programs built', () => oneNameImages(options.signal)),
  ]);
  await chosen.run({ ...context, clusters }, images);
  return world;
}
