import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache-folder.ts';
import { HostError } from './errors.ts';
import { onPath } from './packages.ts';

/** What each Go module under tools/host/go builds. */
export const goModules = {
  kubernetes: [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
    'kubectl',
  ],
  coredns: ['coredns'],
  podinfo: ['podinfo'],
} as const;

/** Name of a program that is built from Go source. */
export type GoBinary = (typeof goModules)[keyof typeof goModules][number];

/**
 * Paths of the programs of one module: from KUBEBUILDER_ASSETS if it holds them all, else from the cache, else built
 * into it (minutes, once). Static binaries. @throws HostError NO_GO or GO_BUILD.
 */
export async function goTools<M extends keyof typeof goModules>(
  module: M,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Readonly<Record<(typeof goModules)[M][number], string>>> {
  const names: readonly string[] = goModules[module];
  const given = env['KUBEBUILDER_ASSETS'];
  const folder =
    given !== undefined && names.every((name) => existsSync(join(given, name)))
      ? given
      : await cached(module, env);
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<
    (typeof goModules)[M][number],
    string
  >;
}

async function cached(module: keyof typeof goModules, env: NodeJS.ProcessEnv): Promise<string> {
  const source = join(dirname(fileURLToPath(import.meta.url)), 'go', module);
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(join(source, file)));
  const parent = join(cacheFolder(env), 'go');
  const folder = join(parent, `${module}-${digest.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  if (!onPath('go')) {
    throw new HostError(
      'NO_GO',
      `${goModules[module].join(', ')} must be built, and this machine has no Go`,
      'install Go 1.26 or newer (https://go.dev/dl; Debian 12 packages an older one), or set KUBEBUILDER_ASSETS to a folder with these programs',
    );
  }
  mkdirSync(parent, { recursive: true });
  const scratch = mkdtempSync(join(parent, `.${module}-`));
  try {
    await build(module, source, scratch, env);
    // Two runs may build at once; the first one to finish stays.
    if (!existsSync(folder)) renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return folder;
}

async function build(module: string, source: string, output: string, env: NodeJS.ProcessEnv): Promise<void> {
  const begin = performance.now();
  const seconds = () => Math.round((performance.now() - begin) / 1000);
  const say = (text: string) => process.stderr.write(`building ${module} from Go source: ${text}\n`);
  say('once, into the cache; Kubernetes takes about 6 minutes on 2 cores, the others 2');
  const heartbeat = setInterval(() => say(`${seconds()} s`), 15_000);
  try {
    const child = spawn('go', ['install', '-trimpath', '-ldflags', linkerFlags(module, source), 'tool'], {
      cwd: source,
      env: { ...env, GOBIN: output, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-4000);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) {
      throw new HostError(
        'GO_BUILD',
        `go install of ${module} failed:\n${errors}`,
        `run: cd ${source} && go install tool`,
      );
    }
    say(`done in ${seconds()} s`);
  } finally {
    clearInterval(heartbeat);
  }
}

function linkerFlags(module: string, source: string): string {
  if (module !== 'kubernetes') return '-s -w';
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(
    readFileSync(join(source, 'go.mod'), 'utf8'),
  );
  const [, git, major, minor] = version as unknown as readonly [string, string, string, string];
  const stamp = 'k8s.io/component-base/version';
  return `-s -w -X ${stamp}.gitVersion=${git} -X ${stamp}.gitMajor=${major} -X ${stamp}.gitMinor=${minor}`;
}
