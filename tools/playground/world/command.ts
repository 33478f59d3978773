import { spawn } from 'node:child_process';
import { PlaygroundError } from '#tools/playground/errors.ts';

export interface CommandOptions {
  /** Written to its standard input, which is closed after. */
  readonly input?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kills it. */
  readonly signal?: AbortSignal | undefined;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, whatever its exit code (127: there is none of that name); rejects only when it is aborted. */
export function run(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  // It dies with this process, also when that is killed: nobody else would end it, or know of it.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  const read = (stream: NodeJS.ReadableStream): (() => string) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString();
  };
  const stdout = read(child.stdout);
  const stderr = read(child.stderr);
  child.on('error', reject);
  child.on('close', (code, killedBy) =>
    resolve({
      code: code ?? 1,
      stdout: stdout(),
      stderr: stderr() + (killedBy === null ? '' : `(${killedBy})`),
    }),
  );
  // A command that does not read its input closes the pipe; its exit code tells the rest.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input);
  return promise;
}

/** Runs a command that must succeed and returns its standard output; COMMAND_FAILED holds what it said. */
export async function must(
  argv: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code !== 0) {
    const said = (stderr.trim() || stdout.trim()).split('\n').slice(-10).join('\n');
    throw new PlaygroundError('COMMAND_FAILED', `${argv.join(' ').slice(0, 200)}: exit ${code}\n${said}`);
  }
  return stdout;
}
