import { main } from '#sidecar/main.ts';

/** The program gslb-sidecar, running in this process. */
export interface SidecarProgram extends AsyncDisposable {
  /** What it has logged so far, as it was written. */
  readonly output: readonly string[];
  /** Ends it, as SIGTERM does; resolves to its exit code. */
  readonly end: () => Promise<number>;
}

/** Starts the sidecar with these flags and an empty environment; it may not answer yet. */
export function startSidecarProgram(...flags: readonly string[]): SidecarProgram {
  const output: string[] = [];
  const ending = new AbortController();
  const ended = main(flags, {
    stdout: { write: () => undefined },
    stderr: { write: (text) => output.push(text) },
    env: {},
    signal: ending.signal,
  });
  const end = () => {
    ending.abort();
    return ended;
  };
  return { output, end, [Symbol.asyncDispose]: async () => void (await end()) };
}
