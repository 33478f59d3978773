import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Server } from '#core/exchange/tcp.ts';

/** The name servers of a resolv.conf(5); without any the one of this machine, as the C library has it. */
export function readResolvConf(text: string): readonly Server[] {
  const found = text.split('\n').flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '';
    return isIP(address) === 0 ? [] : { address, port: 53 };
  });
  return found.length > 0 ? found : [{ address: '127.0.0.1', port: 53 }];
}

/** Those of this machine. A file that is missing counts as an empty one. */
export async function systemResolvers(file = '/etc/resolv.conf'): Promise<readonly Server[]> {
  return readResolvConf(await readFile(file, 'utf8').catch(() => ''));
}
