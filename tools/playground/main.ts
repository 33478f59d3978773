import { HostError } from '#tools/host/errors.ts';
import { goTools } from '#tools/host/go-tools.ts';
import { ImageError } from '#tools/image/errors.ts';
import { type Invocation, parseArguments, usage } from './arguments.ts';
import { PlaygroundError } from './errors.ts';
import { raise } from './playground.ts';
import { tearDown } from './world/down.ts';
import { environmentLines } from './world/environment.ts';
import type { World } from './world/plan.ts';
import { instanceFolder, instances, lockInstance, recordedWorld, stateRoot } from './world/state.ts';
import { gatherStatus, problems, renderStatus } from './world/status.ts';
import { reportSteps } from './world/steps.ts';

/** What the program touches besides the world. */
interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Runs one command; resolves with the exit code: 0 done, 1 failed or something is down, 2 bad usage, 130 interrupted. */
async function main(args: readonly string[], io: Io): Promise<number> {
  try {
    return await perform(parseArguments(args), io);
  } catch (error) {
    if (io.signal.aborted) {
      io.err('playground: interrupted; the same command again goes on from here\n');
      return 130;
    }
    const expected =
      error instanceof PlaygroundError || error instanceof HostError || error instanceof ImageError;
    if (!expected) throw error;
    io.err(`playground: ${error.message}\n`);
    if (error.hint !== undefined) io.err(`  ${error.hint}\n`);
    if (error.code === 'USAGE') io.err(`\n${usage}`);
    return error.code === 'USAGE' ? 2 : 1;
  }
}

async function perform(invocation: Invocation, io: Io): Promise<number> {
  if (invocation.command === 'help') {
    io.out(usage);
    return 0;
  }
  const root = stateRoot(io.env);
  const { command, instance } = invocation;
  const folder = instanceFolder(root, instance);
  const steps = reportSteps(io.err, () => performance.now());
  switch (command) {
    case 'up': {
      requireRoot();
      await raise({ root, instance, steps, ...io }, invocation.scenario);
      io.err(
        `\nTo use it: eval "$(scripts/playground env${instance === 'default' ? '' : ` --instance ${instance}`})"\n`,
      );
      return 0;
    }
    case 'down': {
      requireRoot();
      using _ = await lockInstance(root, instance, 'down');
      await tearDown(root, instance, steps);
      return 0;
    }
    case 'env':
      io.out(
        environmentLines(
          known(root, instance),
          folder,
          (await goTools('kubernetes', io.env)).kubectl,
          io.env,
        ),
      );
      return 0;
    case 'status': {
      const status = await gatherStatus(known(root, instance), folder);
      io.out(renderStatus(status));
      return problems(status).length === 0 ? 0 : 1;
    }
  }
}

function known(root: string, instance: string): World {
  const world = recordedWorld(root, instance);
  if (world !== undefined) return world;
  const others = instances(root);
  throw new PlaygroundError('NO_SUCH_INSTANCE', `there is no world "${instance}"`, {
    hint: others.length === 0 ? 'scripts/playground up' : `there is: ${others.join(', ')}`,
  });
}

function requireRoot(): void {
  if (process.platform !== 'linux') {
    throw new PlaygroundError('NOT_LINUX', 'the native driver needs Linux: it builds network namespaces');
  }
  if (process.getuid?.() !== 0) {
    throw new PlaygroundError('NOT_ROOT', 'the native driver needs root: it builds network namespaces', {
      hint: 'sudo scripts/playground …',
    });
  }
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
process.exitCode = await main(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
  signal: stop.signal,
});
