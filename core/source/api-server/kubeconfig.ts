import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { SourceError } from '#core/source/errors.ts';
import type { Access, Credentials } from './access.ts';

/** Exec plugins and certificate files are asked again this often; a refused token is asked for at once. */
const reuseMs = 30_000;

/** An exec plugin that asks somebody to log in takes a while; one that hangs must not hold up everything for ever. */
const patienceMs = 60_000;

export interface KubeconfigOptions {
  /** Default: KUBECONFIG (a list of files is merged), else ~/.kube/config. */
  readonly path?: string;
  /** Default: the file's current-context. */
  readonly context?: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * A kubeconfig, read by client-node: client certificates, tokens and token files, exec plugins, OIDC, impersonation,
 * tls-server-name, proxy-url. The file is read again whenever the API server refuses what it says. Proxies from the
 * environment are not used.
 */
export async function kubeconfigCredentials(options: KubeconfigOptions): Promise<Credentials> {
  // Not at the top: folder mode, a pod and --version do without its 340 ms and 100 MB.
  const clientNode = await import('@kubernetes/client-node');
  const load = (): KubeConfig => loadKubeconfig(new clientNode.KubeConfig(), options);
  let config: KubeConfig | undefined = load();
  // The promise is held, so that eight watches that start at once run one exec plugin once.
  let held: { readonly access: Promise<Access>; readonly readAt: number } | undefined;
  const read = async (): Promise<Access> => {
    config ??= load();
    return inTime(accessOf(config));
  };
  return {
    access: () => {
      if (held !== undefined && options.now() - held.readAt < reuseMs) return held.access;
      const mine = { access: read(), readAt: options.now() };
      held = mine;
      mine.access.catch(() => {
        if (held === mine) held = undefined;
      });
      return mine.access;
    },
    forget: () => {
      held = undefined;
      config = undefined;
    },
  };
}

function loadKubeconfig(config: KubeConfig, { path, context }: KubeconfigOptions): KubeConfig {
  const where = path ?? process.env['KUBECONFIG'] ?? '~/.kube/config';
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (cause) {
    throw new SourceError(
      'kubeconfig',
      `the kubeconfig ${where} cannot be read: ${(cause as Error).message}`,
      {
        hint: 'Name another with --kubeconfig or KUBECONFIG.',
        cause,
      },
    );
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    const names = config.getContexts().map(({ name }) => name);
    throw new SourceError(
      'kubeconfig',
      `the kubeconfig ${where} has no context "${config.getCurrentContext() ?? ''}" with a cluster`,
      { hint: `Choose one of its contexts with --context: ${names.join(', ') || 'it has none'}.` },
    );
  }
  // client-node refuses plain HTTP unless certificates need not be checked, of which there are none then.
  if (cluster.server.startsWith('http:')) Object.assign(cluster, { skipTLSVerify: true });
  return config;
}

async function inTime<R>(work: Promise<R>): Promise<R> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the kubeconfig gave no credentials within ${patienceMs / 1000} s`;
    const hint = 'Run its exec plugin by hand: it may be waiting for a login.';
    late.reject(new SourceError('kubeconfig', message, { hint }));
  }, patienceMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function accessOf(config: KubeConfig): Promise<Access> {
  const cluster = config.getCurrentCluster();
  const options: RequestOptions = { headers: {} };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw new SourceError(
      'kubeconfig',
      `no credentials for ${cluster?.server}: ${(cause as Error).message}`,
      {
        hint: 'Try kubectl with the same kubeconfig: an exec plugin, a login or a file may be missing.',
        cause,
      },
    );
  }
  const { ca, cert, key, passphrase, servername, rejectUnauthorized, auth } = options;
  const headers = Object.fromEntries(
    Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value).trim()]),
  );
  if (auth) headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  const tls = { ca, cert, key, passphrase, servername, rejectUnauthorized };
  return {
    server: (cluster?.server ?? '').replace(/\/+$/, ''),
    headers,
    tls: Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)) as Access['tls'],
    ...(cluster?.proxyUrl ? { proxyUrl: cluster.proxyUrl } : {}),
  };
}
