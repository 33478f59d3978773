/** A signal that Ctrl-C, or an end asked for from outside, aborts: what holds things of the machine can let go of them. */
export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/** While it is held, SIGINT and SIGTERM abort its signal instead of ending the process at once. */
export function interruption(): Interruption {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => controller.abort(new Error(`interrupted by ${name}`));
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
