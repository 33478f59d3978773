import { must } from '#tools/playground/world/command.ts';

/**
 * kubectl for one cluster: runs it, which must succeed, and returns its standard output; `input` goes to its standard
 * input.
 */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

/** @param cacheFolder - kubectl keeps what it discovers there instead of in the home folder */
export function kubectlFor(
  program: string,
  kubeconfig: string,
  cacheFolder: string,
  signal?: AbortSignal,
): Kubectl {
  return (args, input) =>
    must([program, '--kubeconfig', kubeconfig, ...args], {
      env: { KUBECACHEDIR: cacheFolder },
      signal,
      ...(input === undefined ? {} : { input }),
    });
}

/** Applies objects server-side, as one list. */
export async function applyObjects(kubectl: Kubectl, objects: readonly object[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=playground', '-f', '-'],
    JSON.stringify(list),
  );
}
