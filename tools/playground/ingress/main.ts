import {
  type EndpointSlice,
  endpointSlices,
  ingresses,
  nodes,
  pods,
  services,
} from '#core/api/kubernetes.ts';
import { apiServerSource } from '#core/source/api-server/source.ts';
import { createLogger } from '#core/telemetry/logger.ts';
import { outdated, publishedAddresses } from './ingress-status.ts';
import { startNginx } from './nginx.ts';
import { nginxConf } from './nginx-conf.ts';
import { routes } from './routes.ts';

/** Pause in which changes are gathered into one reload. */
const settleMs = 50;
const statusEveryMs = 2_000;

/**
 * The playground's ingress controller, a fixture in place of ingress-nginx, whose image cannot be had without the
 * internet: Debian's nginx on the host network, configured from Ingresses of class nginx. Every replica writes the
 * same status, so none must lead.
 */
async function main(signal: AbortSignal): Promise<number> {
  const log = createLogger({ name: 'ingress', destination: process.stderr });
  const source = await apiServerSource({
    kubeconfig: 'in-cluster',
    fieldManager: 'playground-ingress',
    identity: process.env['POD_NAME'] ?? 'ingress',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal,
  });
  let timer: NodeJS.Timeout | undefined;
  const onChange = (): void => {
    timer ??= setTimeout(settle, settleMs);
  };
  const watched = {
    ingresses: source.watch({ resource: ingresses, onChange }, signal),
    services: source.watch({ resource: services, onChange }, signal),
    slices: source.watch({ resource: endpointSlices, onChange }, signal),
    nodes: source.watch({ resource: nodes, onChange: () => undefined }, signal),
    pods: source.watch(
      {
        resource: pods,
        labelSelector: 'app.kubernetes.io/name=ingress-nginx',
        onChange: () => void publish(),
      },
      signal,
    ),
  };

  const configuration = (): string => {
    const byService = new Map<string, EndpointSlice[]>();
    for (const slice of watched.slices.list()) {
      const key = `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`;
      byService.set(key, [...(byService.get(key) ?? []), slice]);
    }
    const found = routes({
      ingresses: watched.ingresses.list(),
      service: (key) => watched.services.get(key),
      slices: (service) => byService.get(service) ?? [],
    });
    return nginxConf(found, { port: 80 });
  };
  const settle = (): void => {
    timer = undefined;
    nginx?.configure(configuration());
    void publish();
  };
  let publishing = false;
  const publish = async (): Promise<void> => {
    if (publishing || signal.aborted) return;
    publishing = true;
    try {
      const addresses = publishedAddresses(watched.pods.list(), watched.nodes.list());
      for (const { metadata } of outdated(watched.ingresses.list(), addresses)) {
        const status = { loadBalancer: { ingress: addresses.map((ip) => ({ ip })) } };
        await source.patchStatus(ingresses, `${metadata.namespace}/${metadata.name}`, status);
      }
    } catch (error) {
      if (!signal.aborted)
        log.warn({ error }, 'the status of an Ingress could not be written; it is tried again');
    } finally {
      publishing = false;
    }
  };

  await Promise.all([watched.ingresses.synced, watched.services.synced, watched.slices.synced]);
  const nginx = startNginx('/usr/sbin/nginx', '/tmp/nginx.conf', configuration(), signal);
  const republish = setInterval(() => void publish(), statusEveryMs);
  const code = await nginx.ended;
  clearInterval(republish);
  clearTimeout(timer);
  return code;
}

const ending = new AbortController();
process.once('SIGTERM', () => ending.abort());
process.once('SIGINT', () => ending.abort());
void main(ending.signal).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${(error as Error).stack}\n`);
    process.exit(1);
  },
);
