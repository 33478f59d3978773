import { Agent, request } from 'node:http';

/** How often it is asked. */
const everyMs = 20;

/**
 * Asks a sidecar's admin endpoint for its health at a pace, over one connection. What a reply takes is a request's
 * own time plus that for which its event loop was held by something else.
 */
export function watchLoop(port: number): { readonly stop: () => readonly number[] } {
  const agent = new Agent({ keepAlive: true });
  const found: number[] = [];
  let stopped = false;
  let asking = false;
  const timer = setInterval(() => {
    if (asking) return;
    asking = true;
    const beginMs = performance.now();
    const done = () => {
      asking = false;
      if (!stopped) found.push(performance.now() - beginMs);
    };
    request({ host: '127.0.0.1', port, path: '/health', agent }, (response) =>
      response.resume().once('end', done),
    )
      .once('error', done)
      .end();
  }, everyMs);
  return {
    stop: () => {
      stopped = true;
      clearInterval(timer);
      agent.destroy();
      return found;
    },
  };
}
