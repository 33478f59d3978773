import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endChild } from '#test/support/end-child.ts';
import { places } from './places.ts';

/** Who may stand in front of us. */
export type ResolverName = 'bind' | 'unbound' | 'knot';

export interface Resolver extends AsyncDisposable {
  readonly address: string;
  /** All that it has said. */
  readonly said: () => string;
}

/**
 * Starts a resolver that validates below `key` (of example.com), minimises its questions strictly, and hides entropy
 * in letters where it can (BIND cannot). It may not answer yet.
 */
export async function startResolver(name: ResolverName, folder: string, key: string): Promise<Resolver> {
  const own = join(folder, name);
  await mkdir(own);
  const { program, config } = setups[name];
  const file = join(own, 'config');
  await writeFile(join(own, 'root.hints'), `. 3600 NS ns.root.\nns.root. 3600 A ${places.root}\n`);
  await writeFile(file, config(own, key));
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...program(file, own)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  return { address: places[name], said: () => said, [Symbol.asyncDispose]: () => endChild(child) };
}

interface Setup {
  readonly program: (file: string, folder: string) => readonly string[];
  readonly config: (folder: string, key: string) => string;
}

const setups: Readonly<Record<ResolverName, Setup>> = {
  bind: {
    program: (file) => ['/usr/sbin/named', '-g', '-4', '-n', '1', '-c', file],
    config: (folder, key) => `options {
  directory "${folder}"; pid-file none; session-keyfile none;
  listen-on port 53 { ${places.bind}; }; listen-on-v6 { none; }; query-source address ${places.bind};
  recursion yes; allow-query { any; }; dnssec-validation yes; qname-minimization strict; empty-zones-enable no;
};
controls { };
trust-anchors { "example.com" static-key ${keyWords(key)}; };
zone "." { type hint; file "root.hints"; };
`,
  },
  unbound: {
    program: (file) => ['/usr/sbin/unbound', '-d', '-c', file],
    config: (folder, key) => `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  interface: ${places.unbound}
  port: 53
  num-threads: 1
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  root-hints: "root.hints"
  module-config: "validator iterator"
  trust-anchor: "example.com. DNSKEY ${key}"
  qname-minimisation: yes
  qname-minimisation-strict: yes
  use-caps-for-id: yes
  harden-below-nxdomain: yes
  aggressive-nsec: yes
remote-control:
  control-enable: no
`,
  },
  knot: {
    program: (file, folder) => ['/usr/sbin/kresd', '-n', '-c', file, folder],
    // Letters and minimisation are on by default.
    config: (folder, key) => `net.ipv6 = false
net.listen('${places.knot}', 53, { kind = 'dns' })
option('ALLOW_LOCAL', true)
cache.open(10 * MB, 'lmdb://${folder}/cache')
modules = { 'hints > iterate' }
hints.root({ ['ns.root.'] = '${places.root}' })
trust_anchors.remove('.')
trust_anchors.add('example.com. 3600 IN DNSKEY ${key}')
`,
  },
};

/** `257 3 13 <base64>` as BIND wants it. */
function keyWords(key: string): string {
  const [flags, protocol, algorithm, ...data] = key.split(' ');
  return `${flags} ${protocol} ${algorithm} "${data.join('')}"`;
}
