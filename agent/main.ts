import { type Daemon, type Io, runAsProcess, runDaemon } from '#core/program/run-daemon.ts';
import { parseFlags, usage } from './wiring/flags.ts';

const agent: Daemon = {
  name: 'offload-agent',
  usage,
  run: async (argv, around) => {
    const flags = parseFlags(argv);
    if (flags.program === 'gateway') {
      const { startGateway } = await import('./wiring/start-gateway.ts');
      await startGateway(flags, around);
    } else {
      const { startAgent } = await import('./wiring/start-agent.ts');
      await startAgent(flags, around);
    }
  },
};

/** Runs agent or gateway until the signal aborts; resolves to its exit code. */
export function main(argv: readonly string[], io: Io): Promise<number> {
  return runDaemon(agent, argv, io);
}

if (import.meta.main) runAsProcess(main);
