import type { Resource } from '#core/api/kubernetes.ts';
import type { SourceError } from '#core/source/errors.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { UnreachableError } from './connection-error.ts';
import { UnknownResourceError } from './response-error.ts';

/**
 * What is known of one API server by all that ask it: says each trouble once when it begins and once when it ends,
 * and wakes those that wait when somebody got through.
 */
export class ServerState {
  readonly #log: Logger;
  readonly #troubles = new Map<string, string>();
  readonly #waiting = new Set<() => void>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A request for the resource failed. */
  failed(resource: Resource, error: SourceError): void {
    const trouble = troubleOf(resource, error);
    if (this.#troubles.get(trouble.scope) === trouble.code) return;
    this.#troubles.set(trouble.scope, trouble.code);
    const { hint } = error;
    const text = hint === undefined ? trouble.text : `${trouble.text}. ${hint}`;
    this.#log.warn({ error, resource: nameOf(resource) }, text);
  }

  /** The API server answered. */
  answered(): void {
    if (!this.#troubles.delete('')) return;
    this.#log.info({}, 'the API server answers again');
    for (const wake of [...this.#waiting]) wake();
  }

  /** The resource is watched. */
  healthy(resource: Resource): void {
    const name = nameOf(resource);
    if (this.#troubles.delete(name)) this.#log.info({ resource: name }, `${name} is watched again`);
  }

  /** Calls back once when the API server can be reached again, unless the returned function is called before. */
  onAnswer(callback: () => void): () => void {
    const wake = (): void => {
      this.#waiting.delete(wake);
      callback();
    };
    this.#waiting.add(wake);
    return () => void this.#waiting.delete(wake);
  }
}

function troubleOf(
  resource: Resource,
  error: SourceError,
): { readonly scope: string; readonly code: string; readonly text: string } {
  const { code, message } = error;
  if (error instanceof UnreachableError || code === 'unauthorized' || code === 'kubeconfig') {
    return { scope: '', code, text: `no word from the API server, trying on: ${message}` };
  }
  const name = nameOf(resource);
  if (error instanceof UnknownResourceError) {
    return {
      scope: name,
      code: 'missing',
      text: `${name} does not exist here, looking again every few seconds`,
    };
  }
  return { scope: name, code, text: `${name} cannot be read, trying on: ${message}` };
}

function nameOf({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}
