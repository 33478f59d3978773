import { labels } from '#agent/model/names.ts';
import type { Grant } from '#agent/model/provider-link.ts';
import type { Secret } from '#core/api/kubernetes.ts';

/** All that is kept of a peering with a provider: Secret `peering-<provider id>`. Holds a token: never logged. */
export interface PeeringRecord {
  readonly clusterID: string;
  readonly clusterUID: string;
  /** `https://HOST:PORT`, at least one. */
  readonly servers: readonly string[];
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** RFC 3339, by our clock. */
  readonly obtainedAt: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  readonly remoteTenantNamespace: string;
  /** The last one known; with address and fingerprint of the gateway, from the invitation if the claim has none. */
  readonly grant: Grant;
  /** Ended here; the provider has not been told yet. */
  readonly departed: boolean;
}

/** Name of the Secret that keeps a peering with a provider. */
export function recordName(clusterID: string): string {
  return `peering-${clusterID}`;
}

/** The whole Secret, for apply. */
export function recordSecret(namespace: string, record: PeeringRecord): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      namespace,
      name: recordName(record.clusterID),
      labels: { [labels.remoteClusterID]: record.clusterID },
    },
    type: 'Opaque',
    data: {
      ...base64({
        clusterUID: record.clusterUID,
        servers: JSON.stringify(record.servers),
        'ca.crt': record.ca,
        tenantNamespace: record.remoteTenantNamespace,
        departed: String(record.departed),
      }),
      ...recordChange(record),
    },
  };
}

/** `data` of the Secret as far as it changes while the peering lasts. */
export function recordChange(
  record: Pick<PeeringRecord, 'token' | 'obtainedAt' | 'expiresAt' | 'grant'>,
): Record<string, string> {
  const { token, obtainedAt, expiresAt, grant } = record;
  return base64({
    token,
    obtainedAt,
    expiresAt,
    grant: JSON.stringify(grant),
    gatewayAddresses: JSON.stringify(grant.gatewayAddresses ?? []),
    gatewayFingerprint: grant.gatewayFingerprint ?? '',
  });
}

/** Reads the Secret; undefined when it is damaged. */
export function readRecord(clusterID: string, { data = {} }: Secret): PeeringRecord | undefined {
  const text = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  try {
    const record: PeeringRecord = {
      clusterID,
      clusterUID: text('clusterUID'),
      servers: JSON.parse(text('servers')) as string[],
      ca: text('ca.crt'),
      token: text('token'),
      obtainedAt: text('obtainedAt'),
      expiresAt: text('expiresAt'),
      remoteTenantNamespace: text('tenantNamespace'),
      grant: JSON.parse(text('grant')) as Grant,
      departed: text('departed') === 'true',
    };
    const { servers, token, remoteTenantNamespace, grant } = record;
    const whole =
      Array.isArray(servers) && servers.length > 0 && typeof grant?.providerClusterID === 'string';
    return whole && token !== '' && remoteTenantNamespace !== '' ? record : undefined;
  } catch {
    // The caller says so, with the Secret's name.
    return undefined;
  }
}

function base64(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  );
}
