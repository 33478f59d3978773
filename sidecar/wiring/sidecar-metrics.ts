import { createMetrics, type Metrics, type Sample } from '#core/telemetry/metrics.ts';
import type { Fleet } from '#sidecar/fleet/fleet.ts';
import type { Observer } from '#sidecar/observe/start-observer.ts';
import type { Places } from '#sidecar/places/start-places.ts';
import type { Prober } from '#sidecar/probe/start-prober.ts';
import type { DnsServer } from '#sidecar/serve/server.ts';
import type { JoinedMemory } from './join-memory.ts';
import { placeMetrics } from './place-metrics.ts';
import { probeMetrics } from './probe-metrics.ts';

/** What the metrics read, at each scrape. */
export interface Measured {
  readonly dns: Pick<DnsServer, 'counters'>;
  readonly fleet: Pick<Fleet, 'statistics'>;
  readonly observer: Pick<Observer, 'ageMs'>;
  readonly prober: Pick<Prober, 'statistics'>;
  /** Undefined: none is asked for. */
  readonly places: Pick<Places, 'statistics'> | undefined;
  readonly memory: Pick<JoinedMemory, 'savedAtMs' | 'statistics'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The sidecar's metrics. No label carries a name from a query: their number must not depend on clients. */
export function sidecarMetrics({ dns, fleet, observer, prober, memory, places, now }: Measured): Metrics {
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
    const { silenced, refusedPort, sendQueueFull, sendFailed } = dns.counters().dropped;
    return [
      { labels: { reason: 'malformed_or_response' }, value: silenced },
      { labels: { reason: 'refused_port' }, value: refusedPort },
      { labels: { reason: 'send_queue_full' }, value: sendQueueFull },
      { labels: { reason: 'send_failed' }, value: sendFailed },
    ];
  });
  counter('gslb_dns_failed_total', 'Queries that a fault of the server kept from an answer.', [], () => [
    { value: dns.counters().failed },
  ]);
  counter('gslb_dns_rate_limited_total', 'UDP replies beyond a client’s rate.', ['action'], () => {
    const { slipped, dropped, logOnly, exempt } = dns.counters().rateLimited;
    return [
      { labels: { action: 'slip' }, value: slipped },
      { labels: { action: 'drop' }, value: dropped },
      { labels: { action: 'log_only' }, value: logOnly },
      { labels: { action: 'exempt' }, value: exempt },
    ];
  });
  counter('gslb_dns_query_log_total', 'Queries taken for the query log.', [], () => [
    { value: dns.counters().queryLog.taken },
  ]);
  counter('gslb_dns_query_log_lost_total', 'Queries that the query log could not take or write.', [], () => [
    { value: dns.counters().queryLog.lost },
  ]);
  counter('gslb_dns_tcp_accepted_total', 'TCP connections accepted.', [], () => [
    { value: dns.counters().tcp.accepted },
  ]);
  counter('gslb_dns_tcp_closed_total', 'TCP connections closed for a limit.', ['reason'], () => {
    const { refused, evicted, timedOut, tooLong, overfull } = dns.counters().tcp;
    return [
      { labels: { reason: 'client_has_too_many' }, value: refused },
      { labels: { reason: 'too_many' }, value: evicted },
      { labels: { reason: 'time' }, value: timedOut },
      { labels: { reason: 'long_message' }, value: tooLong },
      { labels: { reason: 'replies_not_read' }, value: overfull },
    ];
  });
  gauge('gslb_dns_tcp_connections', 'Open TCP connections.', [], () => [{ value: dns.counters().tcp.open }]);
  gauge('gslb_dns_tcp_waiting_bytes', 'Octets that wait in the process for TCP clients.', [], () => [
    { value: dns.counters().tcp.waitingBytes },
  ]);
  counter('gslb_dns_receive_failed_total', 'UDP reads that failed.', [], () => [
    { value: dns.counters().io.receiveFailed },
  ]);
  gauge('gslb_dns_io', '1 for the way in which UDP is read and written.', ['way'], () => {
    const { way } = dns.counters().io;
    return way === 'unknown' ? [] : [{ labels: { way }, value: 1 }];
  });
  metrics.readHistogramAtScrape({
    name: 'gslb_dns_batch_messages',
    help: 'UDP messages read at once.',
    read: () => dns.counters().io.batchMessages,
  });
  metrics.readHistogramAtScrape({
    name: 'gslb_dns_latency_seconds',
    help: 'From when a batch of UDP messages was read to when its replies were handed to the kernel, per message.',
    read: () => dns.counters().io.latencySeconds,
  });
  gauge('gslb_dns_names', 'Names with answers of their own.', [], () => [
    { value: dns.counters().snapshot.names },
  ]);
  gauge('gslb_dns_zones', 'Zones served.', [], () => [{ value: dns.counters().snapshot.zones }]);
  gauge('gslb_dns_snapshot_bytes', 'Memory of the table that is answered from.', [], () => [
    { value: dns.counters().snapshot.tableBytes },
  ]);
  gauge('gslb_dns_snapshot_age_seconds', 'Time since the answers last changed.', [], () => {
    const { patchedAtMs } = dns.counters().snapshot;
    return patchedAtMs === undefined ? [] : [{ value: Math.max(0, now() - patchedAtMs) / 1000 }];
  });
  counter('gslb_dns_patches_total', 'Changes of the answers.', [], () => [
    { value: dns.counters().snapshot.patches },
  ]);
  gauge(
    'gslb_dns_patched_timestamp_seconds',
    'When the answers last changed; 0 before the first.',
    [],
    () => [{ value: (dns.counters().snapshot.patchedAtMs ?? 0) / 1000 }],
  );
  gauge(
    'gslb_source_age_seconds',
    'Time since the API server confirmed what the answers are made from; up to 90 in good health.',
    [],
    () => [{ value: observer.ageMs() / 1000 }],
  );
  gauge('gslb_answers_saved', '1 while answers come from state that was saved before a restart.', [], () => [
    { value: memory.savedAtMs() === undefined ? 0 : 1 },
  ]);
  gauge('gslb_state_age_seconds', 'Time since the source confirmed what stands on disk.', [], () => {
    const confirmedAtMs = memory.savedAtMs() ?? memory.statistics()?.confirmedAtMs;
    return confirmedAtMs === undefined ? [] : [{ value: Math.max(0, now() - confirmedAtMs) / 1000 }];
  });
  counter('gslb_state_writes_total', 'Writes of the state to disk.', ['result'], () => {
    const { written = 0, failed = 0 } = memory.statistics() ?? {};
    return [
      { labels: { result: 'written' }, value: written },
      { labels: { result: 'failed' }, value: failed },
    ];
  });
  probeMetrics(prober, counter, gauge);
  if (places !== undefined) placeMetrics(places, counter, gauge);
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
