import { randomInt } from 'node:crypto';
import { namespaces, secrets } from '#core/api/kubernetes.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import { apiVersion } from '#core/api/resource.ts';
import type { Invitation } from '#core/peering/invitation.ts';
import { found } from '#core/source/found.ts';
import { CliError } from '#plugins/cli/errors.ts';
import type { Io } from '#plugins/cli/io.ts';
import { until } from '#plugins/cli/until.ts';
import { labels, names } from '#plugins/offload/cluster/names.ts';
import type { ClusterApi, OpenCluster } from '#plugins/offload/cluster/open-cluster.ts';
import { installedConfig } from '#plugins/offload/cluster/this-cluster.ts';
import { apiServer } from './api-server.ts';
import { gateway } from './gateway.ts';
import type { GrantFlags } from './grant-flags.ts';
import { tenantSpec, tokenSeconds } from './tenant-spec.ts';

export interface InviteOptions {
  /** Longest time that the agent is waited for. */
  readonly timeoutMs: number;
  readonly io: Pick<Io, 'stderr' | 'signal'>;
}

/**
 * Makes a Tenant in a namespace of its own, waits for the agent to make the invitation's account and claim, and gets a
 * token. What was made goes again when a later step fails.
 */
export async function invite(
  cluster: OpenCluster,
  flags: GrantFlags,
  { timeoutMs, io }: InviteOptions,
): Promise<Invitation> {
  const { api } = cluster;
  const spec = tenantSpec(flags);
  const seconds = tokenSeconds(flags);
  const config = await installedConfig(cluster);
  const { servers, ca } = await apiServer(cluster, flags['api-server-url'], config);
  const { metadata: kubeSystem } = await api.get(namespaces, 'kube-system');
  const deadline = performance.now() + timeoutMs;
  const ways = await gateway(cluster, config, { timeoutMs, io });

  const tenantNamespace = `liqo-tenant-${randomName()}`;
  await api.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: tenantNamespace, labels: { [labels.tenantNamespace]: 'true' } },
  });
  try {
    await api.create(tenants, {
      apiVersion: apiVersion(tenants),
      kind: tenants.kind,
      metadata: { namespace: tenantNamespace, name: names.peering },
      spec,
    });
    await invited(api, tenantNamespace, Math.max(1000, deadline - performance.now()), io.signal);
    const token = await invitationToken(api, tenantNamespace, seconds);
    return {
      provider: { clusterID: config.clusterID, clusterUID: kubeSystem.uid ?? '' },
      servers,
      ca,
      gateway: ways,
      tenantNamespace,
      token: token.token,
      expiresAt: token.expirationTimestamp,
    };
  } catch (error) {
    await cluster.discard(namespaces, tenantNamespace);
    io.stderr.write('the invitation was withdrawn\n');
    throw error;
  }
}

async function invited(
  api: ClusterApi,
  tenantNamespace: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  await until(
    async () => {
      const tenant = await found(api.get(tenants, `${tenantNamespace}/${names.peering}`));
      const condition = tenant?.status?.conditions?.find(({ type }) => type === 'Invited');
      if (condition?.status === 'True') return { done: undefined };
      const { reason = 'nothing said yet', message = 'does offload-agent run?' } = condition ?? {};
      return { waiting: `Tenant ${tenantNamespace}/${names.peering} is not Invited (${reason}: ${message})` };
    },
    {
      what: 'the agent to prepare the invitation',
      timeoutMs,
      hint: `kubectl get pods -n ${names.system}; kubectl logs -n ${names.system} deploy/${names.agent}`,
      signal,
    },
  );
}

async function invitationToken(
  api: ClusterApi,
  namespace: string,
  seconds: number,
): Promise<{ readonly token: string; readonly expirationTimestamp: string }> {
  const secret = await api.get(secrets, `${namespace}/${names.invitation}`);
  const { status } = (await api.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${names.invitation}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        expirationSeconds: seconds,
        boundObjectRef: {
          apiVersion: 'v1',
          kind: 'Secret',
          name: names.invitation,
          uid: secret.metadata.uid,
        },
      },
    },
    intent: { verb: 'create', subresource: 'token', namespace, name: names.invitation },
  })) as { readonly status?: { readonly token?: string; readonly expirationTimestamp?: string } };
  if (status?.token === undefined || status.expirationTimestamp === undefined)
    throw new CliError('cluster', 'the API server issued no token for the invitation', {
      hint: 'kubectl auth can-i create serviceaccounts/token',
    });
  return { token: status.token, expirationTimestamp: status.expirationTimestamp };
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Six of a-z and 0-9, as Liqo's generated names end. */
function randomName(): string {
  return Array.from({ length: 6 }, () => letters[randomInt(letters.length)]).join('');
}
