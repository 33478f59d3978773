import { CliError } from '#plugins/cli/errors.ts';
import type { Io } from '#plugins/cli/io.ts';

/**
 * Shows what a command is about to do and asks, unless --yes was given. False: the person said no.
 * @throws CliError `usage` where nobody can be asked
 */
export async function confirm(
  plan: readonly string[],
  yes: boolean,
  io: Pick<Io, 'stderr' | 'stdin' | 'signal'>,
): Promise<boolean> {
  io.stderr.write(plan.map((line) => `${line}\n`).join(''));
  if (yes) return true;
  if (io.stdin?.isTTY !== true)
    throw new CliError('usage', 'nothing was done: there is nobody to ask', {
      hint: 'add --yes to do it without being asked',
    });
  io.stderr.write('Are you sure you want to continue? [y/N] ');
  const answer = (await io.stdin.line(io.signal)).trim().toLowerCase();
  if (answer === 'y' || answer === 'yes') return true;
  io.stderr.write('nothing was done\n');
  return false;
}
