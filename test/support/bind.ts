import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from '#tools/host/free-port.ts';
import { endChild } from './end-child.ts';

export interface BindZone {
  /** Without trailing dot. */
  readonly name: string;
  /** Lines of a zone file below a ready SOA (serial 1, MINIMUM 60), `@ NS ns` and `ns A <address>`; TTL 60. */
  readonly records?: readonly string[];
  /** The whole zone file instead. */
  readonly text?: string;
  /** Lines of update-policy without semicolons: `grant eu name cloud.example.com. NS`. No updates when absent. */
  readonly updatePolicy?: readonly string[];
}

export interface BindKey {
  readonly name: string;
  /** Default hmac-sha256. */
  readonly algorithm?: string;
  /** Base64. */
  readonly secret: string;
}

export interface BindOptions {
  readonly zones?: readonly BindZone[];
  readonly keys?: readonly BindKey[];
  /** Default false. Only addresses in 127.0.0.0/8 are ever asked. */
  readonly recursion?: boolean;
  /**
   * Zones asked of another server (`forward only`); needs recursion, and below a zone of this BIND also a
   * delegation there (any NS record will do: the forwarder is asked instead).
   */
  readonly forwards?: readonly { readonly zone: string; readonly address: string; readonly port: number }[];
  /** Clauses of `options`, without semicolons: `minimal-responses yes`. They come last. */
  readonly clauses?: readonly string[];
  /** Whether zones may be transferred; default true. */
  readonly transfers?: boolean;
  /** Whether `rndc` works; default false. */
  readonly control?: boolean;
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
}

export interface Bind extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** A file with this key in BIND's syntax, for `nsupdate -k` and `dig -k`. */
  keyFile(name: string): string;
  /** Runs rndc (`freeze example.com`) and resolves with what it printed; needs `control`. */
  rndc(...command: readonly string[]): Promise<string>;
  /** All that named has logged so far. */
  log(): string;
  /** Ends named and removes its folder. */
  close(): Promise<void>;
}

/**
 * Starts a real named (/usr/sbin/named, Debian's bind9) in the foreground, in a temporary folder of its own, and
 * resolves when it answers. The kernel kills it when this process dies. Rejects with named's log when the
 * configuration or a zone is refused.
 */
export async function startBind(options: BindOptions = {}): Promise<Bind> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryStart(options);
    if (typeof result !== 'string') return result;
    const portTaken = options.port === undefined && result.includes('address in use');
    if (!portTaken || attempt === 5) throw new Error(`named did not start:\n${result}`);
  }
}

async function tryStart(options: BindOptions): Promise<Bind | string> {
  const address = options.address ?? '127.0.0.1';
  const port = options.port ?? (await freePort(address));
  const folder = await mkdtemp(join(tmpdir(), 'interspan-bind-'));
  const keyFile = (name: string) => join(folder, `${name}.key`);
  for (const key of options.keys ?? []) await writeFile(keyFile(key.name), keyText(key), { mode: 0o600 });
  for (const zone of options.zones ?? [])
    await writeFile(join(folder, `${zone.name}.zone`), zoneText(zone, address));
  const controlPort = options.control === true ? await freePort() : undefined;
  await writeFile(join(folder, 'rndc.key'), keyText({ name: 'rndc', secret: controlSecret }), {
    mode: 0o600,
  });
  await writeFile(join(folder, 'named.conf'), configText(options, folder, address, port, controlPort), {
    mode: 0o600,
  });

  const lines: string[] = [];
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '/usr/sbin/named', '-g', '-4', '-n', '1', '-c', join(folder, 'named.conf')],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const close = async () => {
    await endChild(child);
    await rm(folder, { recursive: true, force: true });
  };
  if (await running(child, lines)) {
    return {
      address,
      port,
      keyFile,
      close,
      rndc: async (...command) => {
        const where = ['-k', join(folder, 'rndc.key'), '-s', '127.0.0.1', '-p', `${controlPort}`];
        return (await promisify(execFile)('/usr/sbin/rndc', [...where, ...command])).stdout;
      },
      log: () => lines.join('\n'),
      [Symbol.asyncDispose]: close,
    };
  }
  await close();
  return lines.join('\n');
}

function zoneText(zone: BindZone, address: string): string {
  if (zone.text !== undefined) return zone.text;
  return [
    '$TTL 60',
    '@ SOA ns hostmaster 1 3600 600 86400 60',
    '@ NS ns',
    `ns A ${address}`,
    ...(zone.records ?? []),
    '',
  ].join('\n');
}

function keyText(key: BindKey): string {
  return `key "${key.name}" {\n\talgorithm ${key.algorithm ?? 'hmac-sha256'};\n\tsecret "${key.secret}";\n};\n`;
}

function configText(
  options: BindOptions,
  folder: string,
  address: string,
  port: number,
  controlPort: number | undefined,
): string {
  const zones = (options.zones ?? []).map((zone) => {
    const policy = (zone.updatePolicy ?? []).map((line) => `${line};`).join(' ');
    const update = policy === '' ? '' : ` update-policy { ${policy} };`;
    return `zone "${zone.name}" { type primary; file "${zone.name}.zone"; notify no;${update} };`;
  });
  const forwards = (options.forwards ?? []).map(
    (to) =>
      `zone "${to.zone}" { type forward; forward only; forwarders { ${to.address} port ${to.port}; }; };`,
  );
  return [
    ...(options.keys ?? []).map((key) => `include "${join(folder, `${key.name}.key`)}";`),
    'options {',
    `  directory "${folder}"; pid-file none; session-keyfile "${join(folder, 'session.key')}";`,
    `  listen-on port ${port} { ${address}; }; listen-on-v6 { none; };`,
    `  recursion ${options.recursion === true ? 'yes' : 'no'}; allow-query { any; };`,
    `  allow-transfer { ${options.transfers === false ? 'none' : 'any'}; };`,
    '  dnssec-validation no; empty-zones-enable no;',
    ...(options.clauses ?? []).map((clause) => `  ${clause};`),
    '};',
    `include "${join(folder, 'rndc.key')}";`,
    controlPort === undefined
      ? 'controls { };'
      : `controls { inet 127.0.0.1 port ${controlPort} allow { 127.0.0.1; } keys { "rndc"; }; };`,
    // Tests leave no packet outside loopback, also when a recursive server would ask the root.
    'server 0.0.0.0/0 { bogus yes; };',
    'server 127.0.0.0/8 { bogus no; };',
    ...zones,
    ...forwards,
    '',
  ].join('\n');
}

// named logs "running" when every zone is loaded; what it could not load or bind stands before that.
async function running(child: ChildProcess, lines: string[]): Promise<boolean> {
  const exited = once(child, 'exit').then(() => false);
  if (child.stderr === null) return false;
  const log = createInterface({ input: child.stderr });
  const started = new Promise<boolean>((resolve) => {
    log.on('line', (line) => {
      lines.push(line);
      if (line.endsWith(' running')) resolve(!lines.some((earlier) => failure.test(earlier)));
    });
  });
  return Promise.race([started, exited]);
}

// Only this process and named know the folder; the control channel is on the loopback.
const controlSecret = randomBytes(32).toString('base64');

const failure = /address in use|not loaded due to errors|unable to listen/;
