import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { vi } from 'vitest';
import { labels, names, roles } from '#agent/model/names.ts';
import type { TestApiServer } from './api-server.ts';

const manifests = join(import.meta.dirname, '../../manifests/offload');

/** A tenant as a provider keeps one: tenant namespace, accounts, claim, Tenant, NamespaceMap and a twin namespace. */
export interface TestTenant {
  readonly consumer: string;
  readonly tenantNamespace: string;
  readonly twin: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends one request with a bearer token; any status is an answer. */
export type Send = (method: string, path: string, body?: unknown, type?: string) => Promise<Answer>;

export const mergePatch = 'application/merge-patch+json';

/** Applies CRDs, roles and guards of manifests/offload. */
export async function applyOffloadManifests({ kubectl }: TestApiServer): Promise<void> {
  await kubectl('apply', '--server-side', '-k', join(manifests, 'crds'));
  await kubectl('apply', '-f', join(manifests, 'namespace.yaml'));
  await kubectl('apply', '-f', join(manifests, 'rbac.yaml'));
  await kubectl('apply', '-k', join(manifests, 'guards'));
  await kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
}

/** Makes the tenant of a consumer; `spec` is the Tenant's beside its clusterID. */
export async function makeTenant(
  server: TestApiServer,
  consumer: string,
  spec: object = {},
): Promise<TestTenant> {
  const tenantNamespace = `liqo-tenant-${consumer}`;
  const twin = `shop-${consumer}`;
  const rbac = 'rbac.authorization.k8s.io';
  const bound = (namespace: string, role: string, account: string, accountNamespace = tenantNamespace) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: role, namespace },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: accountNamespace }],
  });
  const inTenant = (apiVersion: string, kind: string, name: string, more: object = {}) => ({
    apiVersion,
    kind,
    metadata: { name, namespace: tenantNamespace },
    ...more,
  });
  const items = [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: tenantNamespace, labels: { [labels.tenantNamespace]: 'true' } },
    },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: twin,
        labels: {
          [labels.remoteClusterID]: consumer,
          [labels.tenantOfTwin]: tenantNamespace,
          'pod-security.kubernetes.io/enforce': 'baseline',
        },
      },
    },
    inTenant('v1', 'ServiceAccount', names.tenantAccount),
    inTenant('v1', 'ServiceAccount', names.invitationAccount),
    inTenant('authentication.liqo.io/v1beta1', 'Tenant', names.peering, {
      spec: { clusterID: consumer, ...spec },
    }),
    inTenant('interspan.dev/v1alpha1', 'PeeringClaim', names.peering, { spec: {} }),
    inTenant('offloading.liqo.io/v1beta1', 'NamespaceMap', names.peering, { spec: {} }),
    bound(tenantNamespace, roles.tenantInTenant, names.tenantAccount),
    bound(tenantNamespace, roles.invitation, names.invitationAccount),
    bound(twin, roles.tenantInTwin, names.tenantAccount),
    bound(twin, roles.twinNamespace, names.agent, 'offload-system'),
    // Pods need one, and no controller-manager makes it here.
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: twin } },
  ];
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await server.kubectlWith(list, 'apply', '-f', '-');
  return { consumer, tenantNamespace, twin };
}

/** Requests as an account of a namespace, with a real token of it. */
export async function asAccount(server: TestApiServer, namespace: string, account: string): Promise<Send> {
  const token = (await server.kubectl('create', 'token', account, '-n', namespace)).trim();
  return withToken(server, token);
}

export function withToken({ access }: Pick<TestApiServer, 'access'>, token: string): Send {
  return sendAs({ server: access.server, ca: readFileSync(access.authority, 'utf8'), token });
}

/** Requests to an API server with a bearer token, past every client of ours. */
export function sendAs(
  to: { readonly server: string; readonly ca: string; readonly token: string },
  headers: Readonly<Record<string, string>> = {},
): Send {
  const agent = new Agent({ ca: to.ca });
  return (method, path, body, type = 'application/json') => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const call = request(
      `${to.server}${path}`,
      {
        method,
        agent,
        // Hundreds may be under way at once, on a busy machine.
        signal: AbortSignal.timeout(60_000),
        headers: {
          authorization: `Bearer ${to.token}`,
          ...headers,
          // Node sends no length of a DELETE's body by itself.
          ...(text && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
        },
      },
      (response) => {
        let said = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          said += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: said }));
      },
    );
    call.on('error', reject);
    call.on('upgrade', (_, socket) => {
      socket.destroy();
      resolve({ status: 101, text: '' });
    });
    call.end(text);
    return promise;
  };
}

/** Until every policy of the guards is enforced: they take effect a moment after they are applied. */
export async function guardsInForce(
  send: Send,
  { consumer, tenantNamespace, twin }: TestTenant,
): Promise<void> {
  const dry = 'dryRun=All';
  const object = (apiVersion: string, kind: string, more: object) => ({
    apiVersion,
    kind,
    metadata: { name: 'probe', namespace: twin, labels: { [labels.origin]: consumer } },
    ...more,
  });
  const path = `/api/v1/namespaces/${twin}`;
  const offload = `/apis/offloading.liqo.io/v1beta1/namespaces/${twin}/shadowpods?${dry}`;
  const probes: readonly (() => Promise<Answer>)[] = [
    () =>
      send('POST', `${path}/configmaps?${dry}`, object('v1', 'ConfigMap', { metadata: { name: 'probe' } })),
    () => send('POST', offload, object('offloading.liqo.io/v1beta1', 'ShadowPod', { spec: {} })),
    () =>
      send(
        'POST',
        `${path}/services?${dry}`,
        object('v1', 'Service', { spec: { type: 'NodePort', ports: [{ port: 80 }] } }),
      ),
    () =>
      send(
        'POST',
        `${path}/secrets?${dry}`,
        object('v1', 'Secret', { type: 'bootstrap.kubernetes.io/token' }),
      ),
    () =>
      send('POST', `/api/v1/namespaces/${tenantNamespace}/serviceaccounts/tenant/token?${dry}`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 100_000 },
      }),
    () =>
      send(
        'PATCH',
        `/apis/offloading.liqo.io/v1beta1/namespaces/${tenantNamespace}/namespacemaps/peering?${dry}`,
        { metadata: { labels: { probe: 'yes' } } },
        mergePatch,
      ),
  ];
  for (const probe of probes) {
    await vi.waitFor(
      async () => {
        const { text } = await probe();
        if (!text.includes('offload guard')) throw new Error(`no guard answered: ${text}`);
      },
      { timeout: 30_000, interval: 100 },
    );
  }
}
