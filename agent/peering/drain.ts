import type { ProviderLink } from '#agent/model/provider-link.ts';

const longestMs = 60_000;
/** Where the provider does not answer, or is to be forgotten, only what is ours is left to be done. */
const aloneMs = 10_000;

/** The clearing away in this cluster before a peering ends, with a time limit. */
export interface Drain {
  readonly done: () => boolean;
  /** Leaves it little time from now on. */
  readonly hurry: () => void;
}

/**
 * Begins it: `work` gets a signal that aborts after 60 s, or 10 s after the provider is found unreachable. `onDone` is
 * called once, at the latest then, whether `work` heeds its signal or not.
 */
export function startDrain(options: {
  readonly link: ProviderLink;
  readonly work: (link: ProviderLink, signal: AbortSignal) => Promise<void>;
  readonly onDone: () => void;
  readonly onError: (error: unknown) => void;
}): Drain {
  const { link, work, onDone, onError } = options;
  const end = new AbortController();
  const signal = AbortSignal.any([link.signal, end.signal]);
  let done = false;
  let hurried = false;
  const finish = (): void => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    end.abort();
    onDone();
  };
  let timer = setTimeout(finish, longestMs);
  const hurry = (): void => {
    if (hurried || done) return;
    hurried = true;
    clearTimeout(timer);
    timer = setTimeout(finish, aloneMs);
  };
  const look = (): void => {
    if (link.state().kind !== 'connected') hurry();
  };
  link.onChange(look, signal);
  link.signal.addEventListener('abort', finish, { once: true });
  look();
  work(link, signal)
    .catch((error: unknown) => {
      if (!done) onError(error);
    })
    .finally(finish);
  return { done: () => done, hurry };
}
