import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { HostError } from './errors.ts';

const policy = '/usr/sbin/policy-rc.d';

/**
 * Installs the Debian packages that are missing: after asking once on a terminal, at once elsewhere. Their services
 * are not started. @throws HostError NO_PACKAGES naming what to install where apt or root is missing or declined.
 */
export async function requirePackages(names: readonly string[]): Promise<void> {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const refuse = (why: string): never => {
    throw new HostError(
      'NO_PACKAGES',
      `${why}; missing Debian packages: ${missing.join(', ')}`,
      `run as root: ${command}`,
    );
  };
  if (spawnSync('apt-get', ['--version']).status !== 0) refuse('this machine has no apt-get');
  if (process.getuid?.() !== 0) refuse('packages are installed by root only');
  if (process.stdin.isTTY && process.env['CI'] === undefined && !(await agreed(missing))) refuse('declined');
  process.stderr.write(`installing Debian packages: ${missing.join(' ')}\n`);
  withoutServices(() => {
    if (!tryInstall(missing)) {
      apt(['update', '-qq']);
      if (!tryInstall(missing)) refuse('apt-get could not install them');
    }
  });
}

function isInstalled(name: string): boolean {
  const query = spawnSync('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status}', name], { encoding: 'utf8' });
  return query.status === 0 && query.stdout === 'installed';
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

/** Debian starts what it installs unless this policy forbids it; somebody else's policy is left alone. */
function withoutServices(install: () => void): void {
  const ours = !existsSync(policy);
  if (ours) {
    writeFileSync(policy, '#!/bin/sh\nexit 101\n');
    chmodSync(policy, 0o755);
  }
  try {
    install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

const apt = (args: readonly string[]): boolean =>
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status === 0;

const tryInstall = (names: readonly string[]): boolean =>
  apt(['install', '-y', '-qq', '--no-install-recommends', ...names]);

/** Whether a program is on PATH. */
export function onPath(program: string): boolean {
  try {
    execFileSync('sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
