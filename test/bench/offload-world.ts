import { join } from 'node:path';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { provideImage } from '#tools/playground/scenario/context.ts';
import { flightsRecipe } from '#tools/playground/scenario/flights-service.ts';
import { installOffload } from '#tools/playground/scenario/install-offload.ts';
import { productImage } from '#tools/playground/scenario/install-product.ts';
import { findBinaries } from '#tools/playground/world/binaries.ts';
import { clusterFolder } from '#tools/playground/world/folders.ts';
import { reportSteps } from '#tools/playground/world/steps.ts';

export const consumer = 'london';
export const provider = 'newyork';
/** The provider's node in the consumer. */
export const virtualNode = `liqo-${provider}`;

/** Two clusters of one node each with agents in both, not peered, and open connections to them. Disposing removes it. */
export interface OffloadWorld extends AsyncDisposable {
  readonly here: ApiServerSource;
  readonly there: ApiServerSource;
  /** Of the consumer's only real node. */
  readonly nativeNode: string;
  /** Ends with the world. */
  readonly signal: AbortSignal;
  /** Runs a command as a person does, to its end; it must succeed. */
  person(cluster: typeof consumer | typeof provider, argv: Argv, input?: string): Promise<Ran>;
}

type Argv = readonly [string, ...string[]];

/** A whole command, from before its process is made to after its end, as performance.now() has it. */
export interface Ran {
  readonly stdout: string;
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Builds what is shipped, brings up a world of its own and installs it there. */
export async function raiseOffloadWorld(instance: string, signal: AbortSignal): Promise<OffloadWorld> {
  await productImage(signal);
  const world = await raiseWorld({ instance, scenario: 'bare', layout: 'service-offloading', signal });
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const dispose = async (): Promise<void> => {
    ending.abort();
    await world[Symbol.asyncDispose]();
  };
  try {
    await install(world, both);
    const [here, there] = await Promise.all([consumer, provider].map((name) => open(world, name, both)));
    return {
      here: here as ApiServerSource,
      there: there as ApiServerSource,
      nativeNode: `${consumer}-1`,
      signal: both,
      person: async (cluster, argv, input) => {
        both.throwIfAborted();
        const beganMs = performance.now();
        const { code, stdout, stderr } = await world.shell(cluster, argv, input);
        const endedMs = performance.now();
        if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}\n${stderr}`);
        return { stdout, beganMs, endedMs };
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function install({ plan, folder }: TestWorld, signal: AbortSignal): Promise<void> {
  const out = (text: string): void => void process.stderr.write(text);
  const clusters = plan.clusters.map((cluster) => {
    const its = clusterFolder(folder, cluster);
    return { plan: cluster, folder: its, kubeconfig: join(its, 'admin.kubeconfig') };
  });
  const binaries = await findBinaries(process.env, signal);
  const steps = reportSteps(out, () => performance.now());
  const context = { world: plan, folder, clusters, binaries, env: process.env, steps, out, signal };
  await Promise.all([installOffload(context), provideImage(context, flightsRecipe(binaries.busybox))]);
}

function open({ plan, folder }: TestWorld, name: string, signal: AbortSignal): Promise<ApiServerSource> {
  const cluster = plan.clusters.find((each) => each.name === name);
  if (cluster === undefined) throw new Error(`no cluster ${name}`);
  return apiServerSource({
    kubeconfig: join(clusterFolder(folder, cluster), 'admin.kubeconfig'),
    fieldManager: 'bench',
    identity: 'bench',
    log: createLogger({ name: 'bench', destination: process.stderr, level: 'warn' }),
    now: () => performance.now(),
    random: Math.random,
    signal,
  });
}
