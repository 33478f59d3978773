import type { Route } from './routes.ts';

/**
 * nginx's configuration for these routes. A route without endpoints answers 503, an unknown host 404. Hosts and
 * paths that nginx's syntax could misread are left out: {@link isSafe}.
 */
export function nginxConf(routes: readonly Route[], options: { readonly port: number }): string {
  const safe = routes.filter(isSafe);
  const hosts = new Map<string, Route[]>();
  for (const route of safe) hosts.set(route.host, [...(hosts.get(route.host) ?? []), route]);
  const upstreams = [...new Set(safe.map((route) => route.endpoints.join(' ')))].filter(
    (text) => text !== '',
  );
  return `daemon off;
user root;
pid /tmp/nginx.pid;
error_log stderr notice;
worker_processes 1;
worker_shutdown_timeout 5s;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  server_names_hash_bucket_size 128;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  proxy_http_version 1.1;
  proxy_connect_timeout 2s;
  proxy_set_header Host $http_host;
  proxy_set_header Connection "";
  proxy_set_header X-Forwarded-For $remote_addr;
${upstreams.map((text, index) => upstream(index, text.split(' '))).join('')}  server {
    listen ${options.port} default_server;
    location = /healthz { return 200 "ok\\n"; }
    location / { return 404; }
  }
${[...hosts].map(([host, list]) => server(host, list, upstreams, options.port)).join('')}}
`;
}

/** Whether nginx reads host and path as they are meant: a user's text must not become configuration. */
const isSafe = (route: Route): boolean =>
  /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(route.host) && /^\/[A-Za-z0-9._~%/-]*$/.test(route.path);

const upstream = (index: number, endpoints: readonly string[]): string =>
  `  upstream u${index} { ${endpoints.map((endpoint) => `server ${endpoint};`).join(' ')} }\n`;

function server(host: string, routes: readonly Route[], upstreams: readonly string[], port: number): string {
  const locations = routes.map((route) => {
    const index = upstreams.indexOf(route.endpoints.join(' '));
    const target = index < 0 ? 'return 503;' : `proxy_pass http://u${index};`;
    return `    location ${route.exact ? '= ' : ''}${route.path} { ${target} }\n`;
  });
  return `  server {\n    listen ${port};\n    server_name ${host};\n${locations.join('')}  }\n`;
}
