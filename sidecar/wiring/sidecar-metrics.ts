import { createMetrics, type Metrics, type Sample } from '#core/telemetry/metrics.ts';
import type { Fleet } from '#sidecar/fleet/fleet.ts';
import type { DnsServer } from '#sidecar/serve/server.ts';

/** What the metrics read, at each scrape. */
export interface Measured {
  readonly dns: Pick<DnsServer, 'counters'>;
  readonly fleet: Pick<Fleet, 'statistics'>;
}

/** The sidecar's metrics. No label carries a name from a query: their number must not depend on clients. */
export function sidecarMetrics({ dns, fleet }: Measured): Metrics {
  const metrics = createMetrics();
  const counter = (name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>) =>
    metrics.readAtScrape({ name, help, labelNames, type: 'counter', read });
  const gauge = (name: string, help: string, labelNames: readonly string[], read: () => Iterable<Sample>) =>
    metrics.readAtScrape({ name, help, labelNames, type: 'gauge', read });

  counter('gslb_dns_queries_total', 'Queries read.', ['transport', 'family'], () => {
    const { udp4, udp6, tcp4, tcp6 } = dns.counters().queries;
    return [
      { labels: { transport: 'udp', family: '4' }, value: udp4 },
      { labels: { transport: 'udp', family: '6' }, value: udp6 },
      { labels: { transport: 'tcp', family: '4' }, value: tcp4 },
      { labels: { transport: 'tcp', family: '6' }, value: tcp6 },
    ];
  });
  counter('gslb_dns_responses_total', 'Replies.', ['rcode', 'transport', 'family'], () =>
    dns.counters().replies.map(({ transport, rcode, times }) => ({
      labels: { rcode, transport: transport.slice(0, 3), family: transport.slice(3) },
      value: times,
    })),
  );
  counter('gslb_dns_truncated_total', 'Replies with TC.', [], () => [{ value: dns.counters().truncated }]);
  counter('gslb_dns_dropped_total', 'Messages without a reply.', ['reason'], () => {
    const { silenced, refusedPort, sendQueueFull } = dns.counters().dropped;
    return [
      { labels: { reason: 'malformed_or_response' }, value: silenced },
      { labels: { reason: 'refused_port' }, value: refusedPort },
      { labels: { reason: 'send_queue_full' }, value: sendQueueFull },
    ];
  });
  counter('gslb_dns_failed_total', 'Queries that a fault of the server kept from an answer.', [], () => [
    { value: dns.counters().failed },
  ]);
  gauge('gslb_dns_tcp_connections', 'Open TCP connections.', [], () => [{ value: dns.counters().tcp.open }]);
  gauge('gslb_dns_names', 'Names with answers of their own.', [], () => [
    { value: dns.counters().snapshot.names },
  ]);
  gauge('gslb_dns_zones', 'Zones served.', [], () => [{ value: dns.counters().snapshot.zones }]);
  gauge(
    'gslb_dns_patched_timestamp_seconds',
    'When the answers last changed; 0 before the first.',
    [],
    () => [{ value: (dns.counters().snapshot.patchedAtMs ?? 0) / 1000 }],
  );
  gauge('gslb_peer_state', '1 for the state that the peer is in.', ['geotag', 'state'], () =>
    fleet.statistics().peers.map(({ geoTag, state }) => ({ labels: { geotag: geoTag, state }, value: 1 })),
  );
  counter('gslb_peer_questions_total', 'Questions asked of a peer.', ['geotag'], () =>
    fleet.statistics().peers.map(({ geoTag, asked }) => ({ labels: { geotag: geoTag }, value: asked })),
  );
  counter('gslb_peer_replies_total', 'Usable replies of a peer.', ['geotag'], () =>
    fleet.statistics().peers.map(({ geoTag, replies }) => ({ labels: { geotag: geoTag }, value: replies })),
  );
  return metrics;
}
