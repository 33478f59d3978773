/** What the API server asks of a kubelet about one pod. */
export interface PodRequest {
  readonly kind: 'log' | 'exec' | 'attach' | 'portforward';
  readonly namespace: string;
  readonly pod: string;
  /** As the provider's API takes it: allow-listed, renamed, container included. */
  readonly query: URLSearchParams;
}

export type KubeletRequest =
  | ({ readonly of: 'pod' } & PodRequest)
  | { readonly of: 'metrics' }
  | { readonly of: 'health' }
  | { readonly of: 'refused'; readonly status: 400 | 404 | 405; readonly message: string };

type Check = (value: string) => boolean;

const flag: Check = (value) => /^(true|false|1|0)$/.test(value);
const count: Check = (value) => /^\d{1,15}$/.test(value);
const time: Check = (value) => value.length <= 64 && !Number.isNaN(Date.parse(value));
const text: Check = (value) => value.length <= 32_768;

/** Query parameters of a kubelet by the name that the API of pods has for them; all others are dropped. */
const parameters: Readonly<Record<PodRequest['kind'], Readonly<Record<string, readonly [string, Check]>>>> = {
  log: {
    follow: ['follow', flag],
    previous: ['previous', flag],
    timestamps: ['timestamps', flag],
    tailLines: ['tailLines', count],
    limitBytes: ['limitBytes', count],
    sinceSeconds: ['sinceSeconds', count],
    sinceTime: ['sinceTime', time],
    stream: ['stream', (value) => /^(All|Stdout|Stderr)$/.test(value)],
  },
  exec: {
    input: ['stdin', flag],
    output: ['stdout', flag],
    error: ['stderr', flag],
    tty: ['tty', flag],
    command: ['command', text],
  },
  attach: {
    input: ['stdin', flag],
    output: ['stdout', flag],
    error: ['stderr', flag],
    tty: ['tty', flag],
  },
  portforward: { port: ['ports', count] },
};

const kinds: Readonly<Record<string, PodRequest['kind']>> = {
  containerLogs: 'log',
  exec: 'exec',
  attach: 'attach',
  portForward: 'portforward',
};

const maxUrlLength = 60_000;
const maxParameters = 1024;

/**
 * Reads a request by method and URL as Kubernetes 1.36's API server sends it: `/containerLogs/NS/POD/CONTAINER`,
 * `/exec/NS/POD/CONTAINER`, `/attach/NS/POD/CONTAINER` (a UID may stand before the container), `/portForward/NS/POD`
 * (a UID may stand behind), `/metrics/resource`, `/healthz`. Nothing else of a kubelet is served.
 */
export function parseKubeletRequest(method: string, url: string): KubeletRequest {
  if (url.length > maxUrlLength) return refused(400, 'the address is too long');
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  if (path === '/healthz') return onlyGet(method, { of: 'health' });
  if (path === '/metrics/resource') return onlyGet(method, { of: 'metrics' });
  const [, first = '', ...rest] = path.split('/');
  const kind = Object.hasOwn(kinds, first) ? kinds[first] : undefined;
  if (kind === undefined) return refused(404, 'a virtual node does not serve this address');
  const [namespace = '', pod = '', ...more] = rest;
  const container = kind === 'portforward' ? undefined : more.at(-1);
  const names = kind === 'portforward' ? [namespace, pod] : [namespace, pod, container ?? ''];
  const most = kind === 'portforward' || kind === 'log' ? 3 : 4;
  if (rest.length > most || !names.every(isName))
    return refused(404, `there is no pod at ${path.slice(0, 300)}`);
  if (kind === 'log' ? method !== 'GET' : method !== 'GET' && method !== 'POST')
    return refused(405, `${method} is not how to ask for it`);
  const query = translate(parameters[kind], new URLSearchParams(end < 0 ? '' : url.slice(end + 1)));
  if (typeof query === 'string') return refused(400, query);
  if (container !== undefined) query.set('container', container);
  return { of: 'pod', kind, namespace, pod, query };
}

function translate(
  allowed: Readonly<Record<string, readonly [string, Check]>>,
  given: URLSearchParams,
): URLSearchParams | string {
  const query = new URLSearchParams();
  if (given.size > maxParameters) return 'there are too many parameters';
  for (const [name, value] of given) {
    const known = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (known === undefined) continue;
    const [remote, check] = known;
    if (!check(value)) return `parameter ${name} has a value that is none`;
    // The API of pods takes true and false only; kubelets are sent 1.
    query.append(remote, check !== flag ? value : value === '1' || value === 'true' ? 'true' : 'false');
  }
  return query;
}

function onlyGet(method: string, request: KubeletRequest): KubeletRequest {
  return method === 'GET' ? request : refused(405, `${method} is not how to ask for it`);
}

/** DNS-1123 subdomain: names of namespaces, pods and containers; so nothing in them means anything in a path. */
function isName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) && !name.includes('..');
}

function refused(status: 400 | 404 | 405, message: string): KubeletRequest {
  return { of: 'refused', status, message };
}
