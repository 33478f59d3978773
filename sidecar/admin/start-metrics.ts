import { type Listener, listen, text } from './listen.ts';

export interface MetricsOptions {
  /** Where a scraper reaches it, for example the node's InternalIP; port 0 takes a free one. */
  readonly listen: { readonly address: string; readonly port: number };
  /** Everything in Prometheus' text format. */
  metricsText(): Promise<string>;
  readonly contentType: string;
}

/**
 * Serves GET /metrics, and nothing else, on a listener of its own until the signal aborts: scrapers come over the
 * network, the admin endpoint stays on loopback. @throws AdminListenError when the port cannot be had.
 */
export async function startMetrics(options: MetricsOptions, signal: AbortSignal): Promise<Listener> {
  return listen(
    options.listen,
    '--metrics',
    async (request) =>
      (request.url ?? '').replace(/\?.*$/, '') === '/metrics'
        ? { status: 200, contentType: options.contentType, body: await options.metricsText() }
        : text(404, 'served here: /metrics'),
    signal,
  );
}
