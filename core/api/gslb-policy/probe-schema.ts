import type { Schema } from '#core/api/schema.ts';

interface Probe {
  readonly type: string;
  readonly port?: number;
  readonly path?: string;
  readonly host?: string;
}

const isHttp = (type: string): boolean => type === 'HTTP' || type === 'HTTPS';
const path = /^\/[!-~]*$/;
const hostName = /^[a-zA-Z0-9_.-]+$/;

/** spec.probe of a GslbPolicy: how the addresses of a host are tried. */
export const probeSchema = {
  type: 'object',
  description: 'How the addresses of this cluster are tried. Absent: as the sidecar is told.',
  properties: {
    type: {
      type: 'string',
      enum: ['None', 'TCP', 'HTTP', 'HTTPS'],
      description: 'None: not at all. TCP: a connection. HTTP, HTTPS: a GET; a status below 500 is alive.',
    },
    port: {
      type: 'integer',
      minimum: 1,
      maximum: 65535,
      description: 'TCP: required. HTTP: 80 if absent. HTTPS: 443 if absent.',
    },
    path: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description: 'HTTP, HTTPS: path and query; / if absent.',
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^/[!-~]*$')",
          message: 'probe.path begins with a slash and has no spaces, for example /healthz',
          holds: (self: string) => path.test(self),
        },
      ],
    },
    host: {
      type: 'string',
      minLength: 1,
      maxLength: 253,
      description: 'HTTP, HTTPS: Host header, and SNI; the host itself if absent.',
      'x-kubernetes-validations': [
        {
          rule: "self.matches('^[a-zA-Z0-9_.-]+$')",
          message: 'probe.host is a DNS name without port, for example app.example.com',
          holds: (self: string) => hostName.test(self),
        },
      ],
    },
  },
  required: ['type'],
  'x-kubernetes-validations': [
    {
      rule: "self.type != 'None' || (!has(self.port) && !has(self.path) && !has(self.host))",
      message: 'probe type None tries nothing: remove port, path and host, or choose another type',
      holds: ({ type, port, path: at, host }: Probe) =>
        type !== 'None' || (port === undefined && at === undefined && host === undefined),
    },
    {
      rule: "self.type != 'TCP' || has(self.port)",
      message: 'probe type TCP needs a port: set probe.port',
      holds: ({ type, port }: Probe) => type !== 'TCP' || port !== undefined,
    },
    {
      rule: "self.type != 'TCP' || (!has(self.path) && !has(self.host))",
      message: 'probe type TCP only connects: remove path and host, or choose HTTP or HTTPS',
      holds: ({ type, path: at, host }: Probe) =>
        isHttp(type) || type === 'None' || (at === undefined && host === undefined),
    },
  ],
} as const satisfies Schema;
