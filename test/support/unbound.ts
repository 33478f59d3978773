import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild } from './end-child.ts';

interface UnboundOptions {
  /** Its configuration goes there. */
  readonly folder: string;
  readonly listen: readonly string[];
  readonly port: number;
  /** Servers that are told the client's network (RFC 7871), and prefixes of clients that may ask. */
  readonly sendClientSubnetTo: readonly string[];
  readonly clients: readonly string[];
  /** A zone and its name servers, `192.0.2.1` or `192.0.2.1@5353`; delegations below it are followed. */
  readonly stub: { readonly zone: string; readonly servers: readonly string[] };
  /** Words before the command, which must end by exec: where it shall run. */
  readonly enter?: readonly string[];
}

/** Starts Unbound as a caching resolver that sends client subnets. It may not answer yet. Disposing of it ends it. */
export async function startUnbound(options: UnboundOptions): Promise<AsyncDisposable> {
  const file = join(options.folder, 'unbound.conf');
  await writeFile(file, config(options));
  const [command = '', ...args] = [
    ...(options.enter ?? []),
    ...['setpriv', '--pdeathsig', 'KILL', '/usr/sbin/unbound', '-d', '-c', file],
  ];
  const child = spawn(command, args, { stdio: 'ignore' });
  return { [Symbol.asyncDispose]: () => endChild(child) };
}

const config = ({
  folder,
  listen,
  port,
  sendClientSubnetTo,
  clients,
  stub,
}: UnboundOptions): string => `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
${listen.map((address) => `  interface: ${address}\n`).join('')}  port: ${port}
  num-threads: 1
${clients.map((prefix) => `  access-control: ${prefix} allow\n`).join('')}  do-ip6: no
  do-not-query-localhost: no
  module-config: "subnetcache iterator"
${sendClientSubnetTo.map((prefix) => `  send-client-subnet: ${prefix}\n`).join('')}remote-control:
  control-enable: no
stub-zone:
  name: ${stub.zone}
${stub.servers.map((server) => `  stub-addr: ${server}\n`).join('')}`;
