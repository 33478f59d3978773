import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { TestApiServer } from './api-server.ts';

const manifests = join(import.meta.dirname, '../../manifests/gslb');

/** Applies namespace and rights of the sidecar. @returns a kubeconfig with its token in place of the admin's */
export async function sidecarKubeconfig(server: TestApiServer): Promise<string> {
  for (const file of ['namespace.yaml', 'rbac.yaml'])
    await server.kubectl('apply', '-f', join(manifests, file));
  const token = await server.kubectl('create', 'token', 'gslb-sidecar', '--namespace=gslb-system');
  const config = parse(readFileSync(server.kubeconfig, 'utf8'));
  const file = join(dirname(server.kubeconfig), 'sidecar.kubeconfig');
  const users = config.users.map(({ name }: { name: string }) => ({ name, user: { token: token.trim() } }));
  writeFileSync(file, stringify({ ...config, users }), { mode: 0o600 });
  return file;
}
