import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HostError } from './errors.ts';
import { type GoModule, goModules } from './go-modules.ts';
import { onPath } from './packages.ts';

const heartbeatMs = 15_000;

export interface GoBuild {
  readonly module: GoModule;
  /** Folder of its go.mod. */
  readonly source: string;
  /** Existing folder that gets the programs. */
  readonly output: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
  /** Progress for a person. */
  readonly say: (text: string) => void;
}

/** Builds all programs of a module, static and without debug tables. @throws HostError NO_GO or GO_BUILD. */
export async function buildGoModule({ module, source, output, env, signal, say }: GoBuild): Promise<void> {
  const go = goCommand(env);
  if (go === undefined) throw noGo(module, 'this machine has no Go');
  const begin = performance.now();
  const elapsed = () => `${Math.round((performance.now() - begin) / 1000)} s`;
  const total = goModules[module].length;
  say(`building, once; on 2 cores about ${module === 'kubernetes' ? '6 minutes' : '2 minutes'}`);
  const heartbeat = setInterval(
    () => say(`${elapsed()}, ${readdirSync(output).length} of ${total} programs are ready`),
    heartbeatMs,
  );
  try {
    const args = ['install', '-trimpath', '-ldflags', linkerFlags(source), 'tool'];
    const own = { GOBIN: output, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' };
    const { code, errors } = await run(go, args, { cwd: source, env: { ...env, ...own }, signal });
    if (code !== 0) throw failure(module, source, errors);
    say(`built in ${elapsed()}`);
  } finally {
    clearInterval(heartbeat);
  }
}

/** Where sudo's PATH does not look, Go's own installer puts it. */
function goCommand(env: NodeJS.ProcessEnv): string | undefined {
  const installed = '/usr/local/go/bin/go';
  return onPath('go', env) ? 'go' : existsSync(installed) ? installed : undefined;
}

function noGo(module: GoModule, why: string): HostError {
  return new HostError(
    'NO_GO',
    `${goModules[module].join(', ')} must be built from source, and ${why}`,
    'install Go 1.26 or newer from https://go.dev/dl (Debian 12 packages an older one), or set KUBEBUILDER_ASSETS to a folder with these programs',
  );
}

/** What `go` says of a go.mod that is too new for it, from Go 1.21 on and before. */
const tooOld = /requires go >= .*|invalid go version .*/;

function failure(module: GoModule, source: string, errors: string): HostError {
  const old = tooOld.exec(errors);
  if (old !== null) return noGo(module, `this machine's Go is too old: ${old[0]}`);
  return new HostError(
    'GO_BUILD',
    `go install failed for ${module}:\n${errors}`,
    `try: cd ${source} && go install tool`,
  );
}

/** Exit code and the last 4,000 characters of standard error. */
async function run(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal: AbortSignal | undefined;
  },
): Promise<{ readonly code: number; readonly errors: string }> {
  const { signal, ...rest } = options;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(command, args, { ...rest, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = () => void child.kill();
  signal?.addEventListener('abort', stop);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  child.once('error', reject);
  child.once('close', (code) => resolve(code ?? 1));
  try {
    const code = await promise;
    signal?.throwIfAborted();
    return { code, errors };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Kubernetes says its version only if the linker writes it in. */
function linkerFlags(source: string): string {
  const goMod = readFileSync(join(source, 'go.mod'), 'utf8');
  const version = /^\s*(?:require )?k8s\.io\/kubernetes v(\d+)\.(\d+)\.(\S+)/m.exec(goMod);
  if (version === null) return '-s -w';
  const [, major, minor, patch] = version;
  const stamp = (key: string, value: string) => `-X k8s.io/component-base/version.${key}=${value}`;
  const gitVersion = stamp('gitVersion', `v${major}.${minor}.${patch}`);
  return `-s -w ${gitVersion} ${stamp('gitMajor', `${major}`)} ${stamp('gitMinor', `${minor}`)}`;
}
