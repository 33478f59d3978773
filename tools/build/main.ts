import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workerSources } from '#core/runtime/worker.ts';
import { bundle } from './bundle.ts';
import { executable } from './executable.ts';
import { programs } from './programs.ts';

/** The version in package.json, and the commit where it is not a release of that version. */
function version(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const git = (...args: string[]) =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    if (git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`)) return `v${version}`;
    return `v${version}-${git('rev-parse', '--short=10', 'HEAD').trim()}`;
  } catch {
    return `v${version}`;
  }
}

const stamp = version();
for (const program of programs) {
  const begin = performance.now();
  const assets: Record<string, string> = {};
  for (const worker of program.workers) assets[`${worker}.cjs`] = await bundle(workerSources[worker], stamp);
  const main = await bundle(program.entry, stamp);
  const output = join('dist', `${process.platform}-${process.arch}`, program.name);
  const written = await executable({ main, assets }, output);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  process.stderr.write(`${output}: ${written ? `built in ${seconds} s` : 'up to date'}\n`);
}
