import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Access } from '#core/source/api-server/access.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Entry, Kubeconfig } from './read.ts';

const plainUserFields = new Set([
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
]);
const plainClusterFields = new Set([
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'proxy-url',
  'extensions',
]);

/**
 * Access by a client certificate or a token, which needs nothing but the file; undefined for all else (exec plugins,
 * OIDC, token files, impersonation, fields that we do not know), which client-node knows how to do. Loading that costs
 * more than a whole `kubectl gslb status`.
 * @throws SourceError `kubeconfig` for a context without a cluster, or a file in it that cannot be read.
 */
export async function plainAccess(kubeconfig: Kubeconfig, contextName: string): Promise<Access | undefined> {
  const context = kubeconfig.contexts.find(({ name }) => name === contextName);
  const cluster = kubeconfig.clusters.get(context?.cluster ?? '');
  const server = cluster?.fields['server'];
  if (cluster === undefined || typeof server !== 'string')
    throw new SourceError(
      'kubeconfig',
      `context ${contextName} of the kubeconfig ${kubeconfig.files.join(', ')} has no cluster with a server`,
      { hint: 'kubectl config view shows what it has' },
    );
  const user = kubeconfig.users.get(context?.user ?? '');
  if (!isPlain(cluster, plainClusterFields) || (user !== undefined && !isPlain(user, plainUserFields)))
    return undefined;
  const [ca, cert, key] = await Promise.all([
    content(cluster, 'certificate-authority'),
    content(user, 'client-certificate'),
    content(user, 'client-key'),
  ]);
  const token = user?.fields['token'];
  const servername = cluster.fields['tls-server-name'];
  const proxyUrl = cluster.fields['proxy-url'];
  return {
    server: server.replace(/\/+$/, ''),
    headers: typeof token === 'string' && token !== '' ? { authorization: `Bearer ${token.trim()}` } : {},
    tls: {
      ...(ca && { ca }),
      ...(cert && { cert }),
      ...(key && { key }),
      ...(typeof servername === 'string' && servername !== '' && { servername }),
      ...(cluster.fields['insecure-skip-tls-verify'] === true && { rejectUnauthorized: false }),
    },
    ...(typeof proxyUrl === 'string' && proxyUrl !== '' && { proxyUrl }),
  };
}

function isPlain({ fields }: Entry, known: ReadonlySet<string>): boolean {
  return Object.keys(fields).every((name) => known.has(name));
}

/** `NAME-data` in base64 goes before the file `NAME`, as in client-go. */
async function content(entry: Entry | undefined, name: string): Promise<Buffer | undefined> {
  const data = entry?.fields[`${name}-data`];
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64');
  const file = entry?.fields[name];
  if (entry === undefined || typeof file !== 'string' || file === '') return undefined;
  try {
    return await readFile(resolve(entry.directory, file));
  } catch (cause) {
    throw new SourceError(
      'kubeconfig',
      `${name} of the kubeconfig cannot be read: ${(cause as Error).message}`,
      {
        hint: 'kubectl config view shows where it is said to be',
        cause,
      },
    );
  }
}
