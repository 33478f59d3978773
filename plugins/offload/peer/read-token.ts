import { readFile } from 'node:fs/promises';
import { type Invitation, InvitationError, parseInvitation } from '#core/peering/invitation.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { Io } from '#plugins/cli/io.ts';

/** An invitation and its text, which goes on as it came. */
export interface ReadInvitation {
  readonly invitation: Invitation;
  readonly text: string;
}

/**
 * Reads the invitation that --token names. An invitation in the command line is refused: it is a secret, and every user
 * of the machine sees command lines. No error repeats what was given. @throws CliError
 */
export async function readToken(token: string, io: Pick<Io, 'stdin' | 'signal'>): Promise<ReadInvitation> {
  const text = await tokenText(token, io);
  if (text.trim() === '')
    throw new CliError('usage', 'there is no invitation to read: it is empty', {
      hint: 'paste the whole command that the provider printed, down to the last line INVITATION',
    });
  try {
    return { invitation: parseInvitation(text), text: text.replaceAll(/\s+/g, '') };
  } catch (cause) {
    if (!(cause instanceof InvitationError)) throw cause;
    throw new CliError('usage', cause.message, { hint: cause.hint });
  }
}

/** Whether a word of the command line is no file name but the secret itself, or a piece of it. */
export function looksLikeInvitation(word: string): boolean {
  return /interspan-invitation/.test(word) || /^[A-Za-z0-9._-]{120,}$/.test(word);
}

/** @throws CliError `usage` for a secret in the command line */
export function refuseLiteral(words: readonly string[]): void {
  if (!words.some(looksLikeInvitation)) return;
  throw new CliError(
    'usage',
    'the invitation stands in the command line, where every user of this machine can read it',
    {
      hint: "hand it over on standard input (--token - <<'INVITATION') or in a file (--token FILE); this one may have been seen: print a new one",
    },
  );
}

async function tokenText(token: string, io: Pick<Io, 'stdin' | 'signal'>): Promise<string> {
  refuseLiteral([token]);
  if (token === '-') {
    if (io.stdin === undefined)
      throw new CliError('usage', 'there is no standard input to read the invitation from', {
        hint: '--token FILE',
      });
    return io.stdin.text(io.signal);
  }
  try {
    return await readFile(token, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliError('usage', `--token names a file that cannot be read (${code ?? 'no reason given'})`, {
      hint: '--token - reads standard input, --token FILE a file with the invitation',
    });
  }
}
