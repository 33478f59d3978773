import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Ingress, Service } from '#core/api/kubernetes.ts';
import { nginxConf } from './nginx-conf.ts';
import { routes } from './routes.ts';

const ingress = (host: string, path = '/', className = 'nginx'): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: host, namespace: 'web' },
  spec: {
    ingressClassName: className,
    rules: [
      {
        host,
        http: {
          paths: [{ path, pathType: 'Prefix', backend: { service: { name: 'app', port: { number: 80 } } } }],
        },
      },
    ],
  },
});
const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'app', namespace: 'web' },
  spec: { ports: [{ name: 'http', port: 80, targetPort: 9898 }] },
};
const slice = (endpoints: NonNullable<EndpointSlice['endpoints']>): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'app-1', namespace: 'web' },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 9898 }],
  endpoints,
});
const conf = (ingresses: Ingress[], endpoints: NonNullable<EndpointSlice['endpoints']>): string =>
  nginxConf(routes({ ingresses, service: () => service, slices: () => [slice(endpoints)] }), { port: 80 });

describe('the ingress fixture', () => {
  it('proxies a host to its ready endpoints', () => {
    const text = conf(
      [ingress('app.example.com')],
      [{ addresses: ['10.0.0.2'] }, { addresses: ['10.0.0.3'], conditions: { ready: false } }],
    );
    expect(text).toContain('upstream u0 { server 10.0.0.2:9898; }');
    expect(text).toContain('server_name app.example.com;');
    expect(text).toContain('location / { proxy_pass http://u0; }');
  });

  it('answers 503 where no endpoint is ready', () => {
    expect(conf([ingress('app.example.com')], [])).toContain('location / { return 503; }');
  });

  it('leaves Ingresses of other classes alone', () => {
    expect(conf([ingress('app.example.com', '/', 'traefik')], [])).not.toContain('app.example.com');
  });

  it('never lets a path become configuration', () => {
    const text = conf(
      [ingress('app.example.com', '/ { return 200; } location /x')],
      [{ addresses: ['10.0.0.2'] }],
    );
    expect(text).not.toContain('return 200; } location /x');
  });
});
