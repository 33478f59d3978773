import { setTimeout as sleep } from 'node:timers/promises';
import { PlaygroundError } from '#tools/playground/errors.ts';

const timeoutMs = 60_000;

/** Repeats a check until it finds nothing amiss; throws NOT_READY with what it found last, after a minute. */
export async function eventually(
  signal: AbortSignal | undefined,
  check: () => Promise<string | undefined>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const amiss = await check();
    if (amiss === undefined) return;
    if (performance.now() > deadline) {
      throw new PlaygroundError('NOT_READY', `after ${timeoutMs / 1000} s: ${amiss}`, {
        hint: 'scripts/playground status shows what is down; logs: kubectl logs -n gslb-system ds/gslb-sidecar, -n offload-system deploy/offload-agent',
      });
    }
    await sleep(200, undefined, signal === undefined ? {} : { signal });
  }
}
