/** Whether a tenant may set it on an Ingress at a provider. */
export function isSafe(annotation: string): boolean {
  return (
    ingressAnnotations.has(annotation) ||
    ingressAnnotationPrefixes.some((prefix) => annotation.startsWith(prefix))
  );
}

/**
 * All that a provider's guards let a tenant set on an Ingress: they would refuse the whole of it for any other. A test
 * compares with manifests/offload/guards/ingresses.yaml.
 */
export const ingressAnnotations: ReadonlySet<string> = new Set([
  'k8gb.io/strategy',
  'k8gb.io/primary-geotag',
  'k8gb.io/dns-ttl-seconds',
  ...[
    'rewrite-target',
    'use-regex',
    'app-root',
    'ssl-redirect',
    'force-ssl-redirect',
    'backend-protocol',
    'proxy-body-size',
    'proxy-connect-timeout',
    'proxy-read-timeout',
    'proxy-send-timeout',
    'proxy-buffering',
    'proxy-buffer-size',
    'affinity',
    'affinity-mode',
    'session-cookie-name',
    'session-cookie-max-age',
    'session-cookie-path',
    'limit-rps',
    'limit-rpm',
    'limit-connections',
  ].map((name) => `nginx.ingress.kubernetes.io/${name}`),
]);
export const ingressAnnotationPrefixes = ['liqo.io/', 'offloading.', 'meta.helm.sh/'];
