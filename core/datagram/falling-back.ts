import type { Datagrams } from './datagrams.ts';

/**
 * `preferred`, until a socket of it fails for good: that socket and all later ones are then of `fallback`, on the same
 * port. `onFallback` hears of it once. Only when the fallback cannot be opened either is the socket lost.
 */
export function fallingBack(
  preferred: Datagrams,
  fallback: Datagrams,
  onFallback: (error: unknown) => void,
): Datagrams {
  let hasFailed = false;
  return {
    open: async (at, responder, onLost) => {
      if (hasFailed) return fallback.open(at, responder, onLost);
      let isClosed = false;
      let replacing = Promise.resolve();
      let current = await preferred.open(at, responder, (error) => {
        if (!hasFailed) onFallback(error);
        hasFailed = true;
        replacing = replace();
      });
      const { port } = current;

      const replace = async () => {
        await current.close();
        if (isClosed) return;
        try {
          current = await fallback.open({ ...at, port }, responder, onLost);
        } catch (error) {
          onLost(error);
        }
      };
      return {
        port,
        close: async () => {
          isClosed = true;
          await replacing;
          await current.close();
        },
      };
    },
  };
}
