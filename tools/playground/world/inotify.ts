import { readFileSync, writeFileSync } from 'node:fs';

const file = '/proc/sys/fs/inotify/max_user_instances';
/**
 * A world takes about 90 instances (a kubelet 12, a controller manager 10), and all worlds share the user's: with the
 * kernel's default of 128 the second world's kubelets fail, and so does whatever else watches files.
 */
const wanted = 1024;

/** Raises this machine's limit of inotify instances until its next boot; says so if it had to. */
export function raiseInotifyLimit(): string | undefined {
  const limit = Number(readFileSync(file, 'utf8'));
  if (limit >= wanted) return undefined;
  writeFileSync(file, `${wanted}\n`);
  return `fs.inotify.max_user_instances raised from ${limit} to ${wanted} until the next boot`;
}
