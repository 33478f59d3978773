import type { Context } from '#plugins/cli/contexts.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { Cluster, Kubeconfig } from './kubeconfig.ts';

/** A cluster that could not be asked, and why. */
export interface FailedCluster {
  readonly context: string;
  readonly server: string;
  readonly error: CliError;
}

/**
 * Asks every cluster at the same time; one that fails does not keep the others from being shown. Results are in the
 * order of the contexts. Rejects only when the signal aborts.
 */
export async function askEach<T>(
  kubeconfig: Kubeconfig,
  contexts: readonly Context[],
  ask: (cluster: Cluster, context: Context) => Promise<T>,
  signal: AbortSignal,
): Promise<{ readonly asked: readonly T[]; readonly failed: readonly FailedCluster[] }> {
  const outcomes = await Promise.all(
    contexts.map(async (context) => {
      await using cluster = kubeconfig.open(context);
      try {
        return { answer: await ask(cluster, context) };
      } catch (cause) {
        signal.throwIfAborted();
        return { failure: { context: context.name, server: context.server, error: failure(context, cause) } };
      }
    }),
  );
  return {
    asked: outcomes.flatMap((outcome) => ('answer' in outcome ? [outcome.answer as T] : [])),
    failed: outcomes.flatMap((outcome) => outcome.failure ?? []),
  };
}

function failure({ name, server }: Context, cause: unknown): CliError {
  const { message, hint } = cause as Error & { readonly hint?: string };
  const where = message.includes(server) ? `context ${name}` : `context ${name} at ${server}`;
  return new CliError('cluster', `${where}: ${message}`, {
    hint: hint ?? `try kubectl --context ${name} get --raw /readyz`,
    cause,
  });
}
