import { names } from '#agent/model/names.ts';
import { type Service, services } from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';

/** Where whoever invites reads which key the gateway has. */
const fingerprintAnnotation = 'offloading.interspan.dev/gateway-fingerprint';

/** Keeps the fingerprint of the gateway's key on its Service, for invitations. */
export function publishFingerprint(
  source: ApiServerSource,
  namespace: string,
  fingerprint: string,
  log: Logger,
  signal: AbortSignal,
): void {
  const watch = source.watch<Service>(
    {
      resource: services,
      namespace,
      fieldSelector: `metadata.name=${names.gateway}`,
      onChange: ({ type, object }) => {
        if (type === 'deleted' || object.metadata.annotations?.[fingerprintAnnotation] === fingerprint)
          return;
        const patch = { metadata: { annotations: { [fingerprintAnnotation]: fingerprint } } };
        source.patch(services, `${namespace}/${names.gateway}`, patch).catch((error: unknown) => {
          if (!signal.aborted) log.error({ error }, "the gateway's fingerprint could not be written");
        });
      },
    },
    signal,
  );
  void watch.synced.catch(() => undefined);
}
