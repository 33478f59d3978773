/** How an address is tried. */
export type ProbeSpec =
  | { readonly type: 'tcp'; readonly port: number }
  | {
      readonly type: 'http' | 'https';
      readonly port: number;
      /** Begins with `/`. */
      readonly path: string;
      /** Host header as written, and SNI for https. Empty: the address, and no SNI. */
      readonly host: string;
    };

/** One address, tried in one way. */
export interface ProbeTarget {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  readonly spec: ProbeSpec;
}

/** `tcp:80`, `https:443/healthz for app.example.com`: for people, and distinct for distinct specs. */
export function specText(spec: ProbeSpec): string {
  if (spec.type === 'tcp') return `tcp:${spec.port}`;
  return `${spec.type}:${spec.port}${spec.path}${spec.host === '' ? '' : ` for ${spec.host}`}`;
}

/** Distinct for distinct targets: `192.0.2.1 by tcp:80`. */
export const targetName = ({ address, spec }: ProbeTarget): string => `${address} by ${specText(spec)}`;
