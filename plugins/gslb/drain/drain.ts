import { chooseContexts } from '#plugins/cli/choose-contexts.ts';
import { confirm } from '#plugins/cli/confirm.ts';
import { durationMs } from '#plugins/cli/duration.ts';
import { CliError } from '#plugins/cli/errors.ts';
import { exitCodes } from '#plugins/cli/exit-codes.ts';
import type { Io } from '#plugins/cli/io.ts';
import { errorText } from '#plugins/cli/report-error.ts';
import type { GlobalFlagValues } from '#plugins/cli/shared-flags.ts';
import { askEach, type FailedCluster } from '#plugins/gslb/cluster/ask-each.ts';
import type { Kubeconfig } from '#plugins/gslb/cluster/kubeconfig.ts';
import { endTime } from './end-time.ts';
import { type Before, gather } from './gather.ts';
import { drainPlan, undrainPlan } from './plan-text.ts';
import { type OverrideToWrite, writeOverride } from './write-override.ts';

export interface UndrainFlags extends GlobalFlagValues {
  readonly 'all-contexts': boolean;
  readonly 'dry-run': boolean;
  readonly yes: boolean;
  readonly timeout: string;
}

export interface DrainFlags extends UndrainFlags {
  readonly until: string | undefined;
  readonly reason: string | undefined;
  readonly 'break-glass': boolean;
}

/** `kubectl gslb drain` once its kubeconfig is read. Returns the exit code. */
export async function drain(
  kubeconfig: Kubeconfig,
  flags: DrainFlags,
  args: readonly string[],
  io: Io,
): Promise<number> {
  const cluster = oneCluster('drain', args);
  const nowMs = (io.now ?? Date.now)();
  const until = flags.until === undefined ? undefined : endTime(flags.until, nowMs);
  const { reason, 'break-glass': breakGlass } = flags;
  return change(kubeconfig, flags, io, {
    cluster,
    did: 'drained',
    plan: (asked) => drainPlan({ cluster, until, reason, breakGlass }, asked, nowMs),
    override: { state: 'Drained', until: until ?? null, reason: reason ?? null, breakGlass },
  });
}

/** `kubectl gslb undrain` once its kubeconfig is read. Returns the exit code. */
export async function undrain(
  kubeconfig: Kubeconfig,
  flags: UndrainFlags,
  args: readonly string[],
  io: Io,
): Promise<number> {
  const cluster = oneCluster('undrain', args);
  return change(kubeconfig, flags, io, {
    cluster,
    did: 'takes clients again',
    plan: (asked) => undrainPlan(cluster, asked),
    override: null,
  });
}

interface Change {
  readonly cluster: string;
  /** What is printed when it is done. */
  readonly did: string;
  readonly plan: (asked: readonly Before[]) => readonly string[];
  readonly override: OverrideToWrite;
}

/** Looks, says what will happen, asks, writes everywhere at once, and waits for every sidecar. */
async function change(
  kubeconfig: Kubeconfig,
  flags: UndrainFlags,
  io: Io,
  { cluster: name, did, plan, override }: Change,
): Promise<number> {
  const timeoutMs = durationMs(flags.timeout, 'timeout');
  const contexts = chooseContexts(kubeconfig, flags);
  const { asked, failed } = await askEach(
    kubeconfig,
    contexts,
    (cluster, context) => gather(cluster, context, name, io.signal),
    io.signal,
  );
  report(failed, flags, io);
  if (asked.length === 0) return exitCodes.error;
  const lines = plan(asked);
  if (flags['dry-run']) {
    io.stderr.write([...lines, 'nothing was done (--dry-run)'].map((line) => `${line}\n`).join(''));
    return failed.length > 0 ? exitCodes.error : exitCodes.ok;
  }
  if (!(await confirm(lines, flags.yes, io))) return exitCodes.error;
  const done = await askEach(
    kubeconfig,
    asked.map(({ context }) => context),
    async (cluster, { name: context }) => {
      await writeOverride(cluster, { context, name, override, timeoutMs, signal: io.signal });
      io.stdout.write(`gslbcluster.interspan.dev/${name} ${did} (context ${context})\n`);
    },
    io.signal,
  );
  report(done.failed, flags, io);
  if (failed.length > 0) return exitCodes.error;
  const late = done.failed.every(({ error }) => isTimeOut(error));
  if (done.failed.length === 0) return exitCodes.ok;
  return late ? exitCodes.timedOut : exitCodes.error;
}

function report(failed: readonly FailedCluster[], { v }: UndrainFlags, io: Io): void {
  for (const { error } of failed) io.stderr.write(errorText(error, v));
}

const isTimeOut = ({ cause }: CliError): boolean => cause instanceof CliError && cause.code === 'timedOut';

function oneCluster(command: string, args: readonly string[]): string {
  const [name, ...more] = args;
  if (name !== undefined && more.length === 0) return name.toLowerCase();
  throw new CliError('usage', `${command} takes one cluster, not ${args.length}`, {
    hint: 'name it by its geotag: kubectl get gslbclusters lists them',
  });
}
