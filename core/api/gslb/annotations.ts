/** The annotations of Gslbs, and of the Ingresses that stand for one. k8gb's. */
export const annotations = {
  /** On an Ingress: it wants a Gslb with this strategy. */
  strategy: 'k8gb.io/strategy',
  primaryGeoTag: 'k8gb.io/primary-geotag',
  ttlSeconds: 'k8gb.io/dns-ttl-seconds',
  /** Addresses of this cluster, with commas between. */
  exposedAddresses: 'k8gb.io/exposed-ip-addresses',
  /** Names of this cluster's addresses, with commas between; they go before the addresses. */
  exposedHostnames: 'k8gb.io/exposed-hostnames',
  /** On a Gslb that refers to a Service, TCPRoute or UDPRoute: its host, mandatory there. */
  hostname: 'k8gb.io/hostname',
} as const;

/** TTL of answers where dnsTtlSeconds is absent or 0 (k8gb's default). */
export const defaultTtlSeconds = 30;
