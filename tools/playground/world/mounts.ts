import { readFileSync } from 'node:fs';
import { must } from './command.ts';

/** Unmounts everything below a folder, deepest first. Machines mount in namespaces of their own: there is seldom any. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const path of mountsBelow(folder, readFileSync('/proc/self/mounts', 'utf8'))) {
    await must(['umount', '--lazy', path]);
  }
}

/** The mount points below a folder, deepest first, out of text like /proc/self/mounts (octal escapes, proc(5)). */
export function mountsBelow(folder: string, mounts: string): readonly string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .map((path) =>
      path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse()
    .sort((a, b) => b.split('/').length - a.split('/').length);
}
