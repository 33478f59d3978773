import type { GatewayTable } from '#agent/model/gateway-table.ts';
import { names } from '#agent/model/names.ts';
import { type Secret, secrets } from '#core/api/kubernetes.ts';
import { keyedQueue } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { readTable } from './table.ts';

export interface TableWriterOptions {
  readonly source: Pick<ApiServerSource, 'watch' | 'apply'>;
  /** The agent's. */
  readonly namespace: string;
  readonly clusterID: string;
  readonly gateway: { readonly keyPem: string; readonly certificatePem: string };
  /** The table as it should be now. */
  readonly table: () => GatewayTable;
  /** Before a table is written: gateways may serve it from then on. */
  readonly onTable: (table: GatewayTable) => void;
  /** The Secret has been read, with the table that an earlier agent left. Nothing is written before. */
  readonly onRead: (before: GatewayTable | undefined) => void;
  readonly log: Logger;
  readonly random: () => number;
}

export interface TableWriter {
  /** The table may have changed. Many of these in a row are one write. */
  changed(): void;
  readonly drained: Promise<void>;
}

const coalesceMs = 10;
const only = 'table';

/** Keeps the gateways' Secret as it should be: written when its content changes, and when somebody else changed it. */
export function tableWriter(options: TableWriterOptions, signal: AbortSignal): TableWriter {
  const { source, namespace, clusterID, gateway, table, onTable, onRead, log, random } = options;
  let timer: NodeJS.Timeout | undefined;
  let read = false;
  const key = `${namespace}/${names.gatewaySecret}`;

  const queue = keyedQueue(
    {
      concurrency: 1,
      random,
      reconcile: async () => {
        const wanted = table();
        onTable(wanted);
        const data = {
          'tls.key': base64(gateway.keyPem),
          'tls.crt': base64(gateway.certificatePem),
          'table.json': base64(JSON.stringify(wanted)),
        };
        const held = watch.get(key)?.data;
        if (Object.entries(data).every(([name, value]) => held?.[name] === value)) return undefined;
        const metadata = { name: names.gatewaySecret, namespace };
        await source.apply<Secret>(secrets, {
          apiVersion: 'v1',
          kind: 'Secret',
          type: 'Opaque',
          metadata,
          data,
        });
        return undefined;
      },
      onError: (_, error, failures) => log.warn({ error, failures }, "the gateways' table was not written"),
    },
    signal,
  );
  const changed = (): void => {
    if (!read || signal.aborted) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      queue.add(only);
    }, coalesceMs);
  };
  const watch = source.watch(
    {
      resource: secrets,
      namespace,
      fieldSelector: `metadata.name=${names.gatewaySecret}`,
      onChange: changed,
    },
    signal,
  );
  watch.synced.then(
    () => {
      const text = watch.get(key)?.data?.['table.json'];
      onRead(readTable(text === undefined ? undefined : Buffer.from(text, 'base64').toString(), clusterID));
      read = true;
      changed();
    },
    // Only the end rejects.
    () => undefined,
  );
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  return { changed, drained: queue.drained };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
