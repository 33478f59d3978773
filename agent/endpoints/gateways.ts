import type { GatewayPort, GatewayReport } from '#agent/model/gateway-table.ts';
import type { PortKey } from './remote-endpoint.ts';

/** A gateway pod, as far as slices go. */
export interface GatewayView {
  readonly address: string;
  /** Whether a connection to this port would lead to this endpoint. */
  listens(port: number, key: PortKey): boolean;
  linkUp(peer: string): boolean;
}

type Ports = Readonly<Record<string, GatewayPort>>;

/** Tables that are remembered: a gateway that serves an older one listens nowhere that we know of. */
const revisionLimit = 64;

/** What the gateways of this cluster report, beside the tables that they were given. */
export class Gateways {
  readonly #gateways = new Map<string, { readonly address: string; readonly report: GatewayReport }>();
  readonly #tables = new Map<string, Ports>();

  /** A table that gateways may report from now on. */
  remember(revision: string, ports: Ports): void {
    this.#tables.delete(revision);
    this.#tables.set(revision, ports);
    for (const oldest of this.#tables.keys()) {
      if (this.#tables.size <= revisionLimit) return;
      this.#tables.delete(oldest);
    }
  }

  /** Undefined: the gateway is gone. */
  report(name: string, address: string, report: GatewayReport | undefined): void {
    if (report === undefined) this.#gateways.delete(name);
    else this.#gateways.set(name, { address, report });
  }

  /** In order of address. */
  views(): readonly GatewayView[] {
    return [...this.#gateways.values()]
      .map(({ address, report }): GatewayView => {
        const ports = this.#tables.get(report.revision);
        const failed = new Set(report.failedPorts);
        return {
          address,
          linkUp: (peer) => report.links[peer] === true,
          listens: (port, { peer, endpoint }) => {
            const entry = ports?.[String(port)];
            return entry?.peer === peer && entry.endpoint === endpoint && !failed.has(port);
          },
        };
      })
      .sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  /** Whether any gateway reaches the peer; undefined while none speaks of it. */
  linkUp(peer: string): boolean | undefined {
    const words = [...this.#gateways.values()].flatMap(({ report }) => report.links[peer] ?? []);
    return words.length === 0 ? undefined : words.includes(true);
  }

  addresses(): ReadonlySet<string> {
    return new Set([...this.#gateways.values()].map(({ address }) => address));
  }

  /** Equal texts: the same links. */
  linksText(): string {
    const peers = new Set([...this.#gateways.values()].flatMap(({ report }) => Object.keys(report.links)));
    return `${[...peers]
      .sort()
      .map((peer) => `${peer}=${this.linkUp(peer)}`)
      .join()}|${this.#gateways.size > 0}`;
  }
}
