import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * `vX.Y.Z` of package.json; with the commit unless that is the one tagged so, and with `-dirty` where tracked files
 * differ from it. Without git only the former.
 */
export function version(): string {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  try {
    if (git('status', '--porcelain', '--untracked-files=no') !== '')
      return `v${version}-${git('rev-parse', '--short=10', 'HEAD')}-dirty`;
    if (git('tag', '--points-at', 'HEAD').split('\n').includes(`v${version}`)) return `v${version}`;
    return `v${version}-${git('rev-parse', '--short=10', 'HEAD')}`;
  } catch {
    return `v${version}`;
  }
}

const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
