/** Progress of a command, on standard error: one line per step when it ends, with what it took. */
export interface Steps {
  /** Runs a step; its name says what it does (`gslb-eu: API server ready`). A failing step is named, too. */
  step<T>(name: string, work: () => Promise<T> | T): Promise<T>;
  /** Tells the person of something done to this machine beside the world. */
  note(sentence: string): void;
}

/** @param write - receives whole lines @param now - milliseconds, monotonic */
export function reportSteps(write: (line: string) => void, now: () => number): Steps {
  return {
    note: (sentence) => write(`          ${sentence}\n`),
    async step(name, work) {
      const start = now();
      const seconds = (): string => `${((now() - start) / 1000).toFixed(1).padStart(6)} s`;
      try {
        const result = await work();
        write(`${seconds()}  ${name}\n`);
        return result;
      } catch (error) {
        write(`${seconds()}  ${name}: failed\n`);
        throw error;
      }
    },
  };
}
