import { availableParallelism, cpus, loadavg, release } from 'node:os';

/** What a figure was measured on. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly kernel: string;
  readonly node: string;
}

export function machine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    kernel: release(),
    node: process.version,
  };
}

/** The load average of the last minute. */
export const load = (): number => loadavg()[0] ?? 0;

/**
 * The command so that it runs on one core only, and is killed by the kernel when this process dies. Where there are
 * fewer cores than `core`, it runs anywhere.
 */
export function pinned(core: number, command: readonly string[]): readonly [string, ...string[]] {
  const onCore = core < availableParallelism() ? ['taskset', '-c', String(core)] : [];
  return ['setpriv', '--pdeathsig', 'KILL', ...onCore, ...command];
}
