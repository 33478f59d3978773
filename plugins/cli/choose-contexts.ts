import type { Context } from './contexts.ts';
import { CliError } from './errors.ts';

/**
 * The contexts that a command line asks for: all, the named ones in their order, or the current one.
 * @throws CliError `kubeconfig` naming what there is.
 */
export function chooseContexts(
  kubeconfig: { readonly currentContext: string | undefined; readonly contexts: readonly Context[] },
  flags: { readonly context: readonly string[]; readonly 'all-contexts': boolean },
): readonly Context[] {
  const { contexts, currentContext } = kubeconfig;
  const names = contexts.map(({ name }) => name);
  if (flags['all-contexts'] && flags.context.length > 0)
    throw new CliError('usage', '--all-contexts and --context exclude each other', {
      hint: 'give one of them',
    });
  if (contexts.length === 0)
    throw new CliError('kubeconfig', 'the kubeconfig has no context', {
      hint: 'name a kubeconfig with --kubeconfig FILE or KUBECONFIG',
    });
  if (flags['all-contexts']) return contexts;
  if (flags.context.length === 0 && currentContext === undefined)
    throw new CliError('kubeconfig', 'the kubeconfig has no current context', {
      hint: `choose with --context: ${names.join(', ')}`,
    });
  const wanted = flags.context.length > 0 ? [...new Set(flags.context)] : [currentContext ?? ''];
  return wanted.map((name) => {
    const context = contexts.find((each) => each.name === name);
    if (context !== undefined) return context;
    throw new CliError('kubeconfig', `the kubeconfig has no context "${name}"`, {
      hint: `its contexts are ${names.join(', ')}`,
    });
  });
}
