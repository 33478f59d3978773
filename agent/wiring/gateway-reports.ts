import { followReports } from '#agent/gateway/follow-reports.ts';
import { type GatewayReport, gatewayPort } from '#agent/model/gateway-table.ts';
import { names } from '#agent/model/names.ts';
import { type Pod, pods } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';

export interface GatewayReportsOptions {
  readonly source: Source;
  readonly namespace: string;
  readonly keyPem: string;
  readonly certificatePem: string;
  readonly log: Logger;
  /** Undefined: that gateway is gone, or silent. */
  readonly onReport: (pod: string, address: string, report: GatewayReport | undefined) => void;
}

/** Follows the reports of every gateway pod of this cluster. */
export function gatewayReports(options: GatewayReportsOptions, signal: AbortSignal): void {
  const { source, namespace, keyPem, certificatePem, log, onReport } = options;
  const followed = new Map<string, { readonly address: string; readonly ending: AbortController }>();
  const end = (pod: string): void => {
    const before = followed.get(pod);
    if (before === undefined) return;
    followed.delete(pod);
    before.ending.abort();
    onReport(pod, before.address, undefined);
  };
  const watch = source.watch<Pod>(
    {
      resource: pods,
      namespace,
      labelSelector: `app.kubernetes.io/name=${names.gateway}`,
      onChange: ({ type, object }) => {
        const pod = object.metadata.name;
        const address = type === 'deleted' ? undefined : object.status?.podIP;
        if (followed.get(pod)?.address === address) return;
        end(pod);
        if (address === undefined) return;
        const ending = new AbortController();
        followed.set(pod, { address, ending });
        void followReports(
          {
            address,
            port: gatewayPort,
            keyPem,
            certificatePem,
            log,
            random: Math.random,
            onReport: (report) => onReport(pod, address, report),
          },
          AbortSignal.any([signal, ending.signal]),
        );
      },
    },
    signal,
  );
  void watch.synced.catch(() => undefined);
}
