import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import { effectiveRights, listedRights } from '#test/support/rights.ts';
import { applyOffloadManifests, asAccount, makeTenant, type TestTenant } from '#test/support/tenant-world.ts';

/* The lists of docs/reference/rbac against what the manifests grant; test/e2e/offload-attacks does it on live clusters. */

let server: TestApiServer;
let eve: TestTenant;

beforeAll(async () => {
  server = await startApiServer();
  await applyOffloadManifests(server);
  eve = await makeTenant(server, 'eve');
  const bind = (namespace: string, role: string) =>
    server.kubectl(
      ...(['create', 'rolebinding', role, '-n', namespace, `--clusterrole=${role}`] as const),
      '--serviceaccount=offload-system:offload-agent',
    );
  // No controller-manager makes it here.
  await server.kubectl('create', 'serviceaccount', 'default', '-n', 'default');
  await server.kubectl('create', 'namespace', 'offloaded');
  await bind('offloaded', 'offload-consumer-namespace');
  await bind(eve.tenantNamespace, 'offload-tenant-namespace');
});
afterAll(() => server?.[Symbol.asyncDispose]());

const agent = ['offload-system', 'offload-agent'] as const;
test.each<[string, readonly [string, string], string, readonly (readonly [string, string])[]]>([
  ['the agent', agent, 'default', []],
  ['the agent', agent, 'offload-system', [['agent', 'In offload-system']]],
  ['the agent', agent, 'kube-node-lease', [['agent', 'In kube-node-lease']]],
  ['the agent', agent, 'kube-system', [['agent', 'In kube-system']]],
  ['the agent', agent, 'offloaded', [['consumer', 'In offloaded namespaces']]],
  ['the agent', agent, 'shop-eve', [['provider', 'In twin namespaces']]],
  ['the agent', agent, 'liqo-tenant-eve', [['provider', 'In tenant namespaces']]],
  ['the agent', agent, 'liqo-tenant-eve', [['consumer', 'In tenant namespaces']]],
  ['the gateway', ['offload-system', 'offload-gateway'], 'default', []],
  [
    'the gateway',
    ['offload-system', 'offload-gateway'],
    'offload-system',
    [['gateway', 'In offload-system']],
  ],
  ['a tenant', ['liqo-tenant-eve', 'tenant'], 'default', []],
  ['a tenant', ['liqo-tenant-eve', 'tenant'], 'offload-system', []],
  ['a tenant', ['liqo-tenant-eve', 'tenant'], 'shop-eve', [['tenant', 'In its twin namespaces']]],
  ['a tenant', ['liqo-tenant-eve', 'tenant'], 'liqo-tenant-eve', [['tenant', 'In its tenant namespace']]],
  ['an invitation', ['liqo-tenant-eve', 'invitation'], 'shop-eve', []],
  [
    'an invitation',
    ['liqo-tenant-eve', 'invitation'],
    'liqo-tenant-eve',
    [['invitation', 'In its tenant namespace']],
  ],
])('%s (%s) may do in %s what is listed, and nothing else', async (who, [namespace, name], where, lists) => {
  const everywhere = who === 'the agent' ? [['agent', 'Everywhere'] as const] : [];
  const wanted = [...everywhere, ...lists].flatMap(([file, section]) => {
    const rights = listedRights(file).get(section);
    if (rights === undefined) throw new Error(`${file}.md has no section ${section}`);
    return rights;
  });
  const anybody = await effectiveRights(await asAccount(server, 'default', 'default'), where);
  const effective = await effectiveRights(await asAccount(server, namespace, name), where);
  expect(effective.filter((right) => !anybody.includes(right))).toEqual([...new Set(wanted)].sort());
});
