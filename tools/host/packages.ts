import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { HostError } from './errors.ts';
import { withoutServices } from './without-services.ts';

/**
 * Installs the Debian packages that are missing: after asking once on a terminal, at once elsewhere (or with CI set).
 * Their services are not started. @throws HostError NO_PACKAGES, naming what to install, where it cannot or may not.
 */
export async function requirePackages(names: readonly string[]): Promise<void> {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const ask = process.stdin.isTTY && process.env['CI'] === undefined;
  if (!onPath('apt-get')) throw refusal(missing, 'this machine has no apt-get');
  if (process.getuid?.() !== 0) throw refusal(missing, 'only root installs packages');
  if (ask && !(await agreed(missing))) throw refusal(missing, 'declined');
  process.stderr.write(`installing Debian packages: ${missing.join(' ')}\n`);
  withoutServices(() => {
    if (install(missing).done) return;
    // Its lists may be missing (a fresh image has none) or name versions that are gone.
    const update = aptGet(['update', '-qq']);
    const { done, said } = update.done ? install(missing) : update;
    if (!done) throw refusal(missing, `apt-get failed: ${said}`);
  });
}

/** Whether a program is on the PATH of `env`. */
export function onPath(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  return spawnSync('/bin/sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore', env }).status === 0;
}

function isInstalled(name: string): boolean {
  const format = `--showformat=\${db:Status-Status}`;
  const query = spawnSync('dpkg-query', ['--show', format, name], { encoding: 'utf8' });
  return query.status === 0 && query.stdout === 'installed';
}

function refusal(missing: readonly string[], why: string): HostError {
  return new HostError(
    'NO_PACKAGES',
    `Debian packages are missing: ${missing.join(', ')}; ${why}`,
    `as root: apt-get update && apt-get install --no-install-recommends ${missing.join(' ')}`,
  );
}

async function agreed(missing: readonly string[]): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Install Debian packages ${missing.join(' ')}? [Y/n] `);
    return /^(y(es)?)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

interface Outcome {
  readonly done: boolean;
  /** The end of what it wrote. */
  readonly said: string;
}

const install = (names: readonly string[]): Outcome =>
  aptGet(['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=600', ...names]);

function aptGet(args: readonly string[]): Outcome {
  const run = spawnSync('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return { done: run.status === 0, said: (run.stderr.trim() || run.stdout.trim()).slice(-2000) };
}
