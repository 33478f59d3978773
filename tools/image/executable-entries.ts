import { spawnSync } from 'node:child_process';
import type { ImageEntry } from './build-image.ts';
import { ImageError } from './errors.ts';

/**
 * An executable of this machine, at `to`, with its loader and every shared library that the loader would give it, each
 * at its own path, so that it runs in an otherwise empty root. What it opens by name at run time (`dlopen`, files) is
 * not known here. @throws ImageError MISSING_LIBRARY
 */
export function executableEntries(from: string, to: string): readonly ImageEntry[] {
  const ldd = spawnSync('ldd', [from], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  const own = { from, to, mode: 0o755 };
  if (/not a dynamic executable|statically linked/.test(ldd.stdout + ldd.stderr)) return [own];
  const missing = [...ldd.stdout.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] as string);
  if (ldd.status !== 0 || missing.length > 0) {
    const what = missing.length > 0 ? `no ${missing.join(', ')}` : (ldd.error?.message ?? ldd.stderr.trim());
    const hint = 'install the packages that hold its libraries, and libc-bin for ldd';
    throw new ImageError('MISSING_LIBRARY', `the libraries of ${from} cannot be listed: ${what}`, hint);
  }
  const libraries = [...ldd.stdout.matchAll(/(\/\S+) \(0x[0-9a-f]+\)$/gm)].map((match) => match[1] as string);
  return [own, ...[...new Set(libraries)].map((path) => ({ from: path, to: path, mode: 0o755 }))];
}
