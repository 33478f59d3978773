import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { lockFile } from './file-lock.ts';
import { buildGoModule } from './go-build.ts';
import { type GoBinary, type GoModule, goModules } from './go-modules.ts';

/**
 * Paths of the programs of one module: from KUBEBUILDER_ASSETS if it holds them all, else from the cache, else built
 * into it (minutes, once per machine and version; a second run waits for the first). Static binaries.
 * @throws HostError NO_GO or GO_BUILD; the signal's reason when aborted.
 */
export async function goTools<M extends GoModule>(
  module: M,
  env: NodeJS.ProcessEnv = process.env,
  signal?: AbortSignal,
): Promise<Readonly<Record<GoBinary<M>, string>>> {
  const names: readonly string[] = goModules[module];
  const given = env['KUBEBUILDER_ASSETS'];
  const folder =
    given !== undefined && names.every((name) => existsSync(join(given, name)))
      ? given
      : await cached(module, env, signal);
  const paths = names.map((name) => [name, join(folder, name)]);
  return Object.fromEntries(paths) as Record<GoBinary<M>, string>;
}

async function cached(module: GoModule, env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<string> {
  const source = join(import.meta.dirname, 'go', module);
  const parent = join(cacheFolder(env), 'go');
  const folder = join(parent, `${module}-${digestOf(source)}`);
  if (existsSync(folder)) return folder;
  const say = (text: string) => process.stderr.write(`${module} from Go source: ${text}\n`);
  const waiting = () => say('another run builds it; waiting for that');
  await using _ = await lockFile(join(parent, `${module}.lock`), waiting, signal);
  if (existsSync(folder)) return folder;
  // The lock is ours: a folder of this form was left by a run that was killed.
  const unfinished = `.${module}-`;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(unfinished)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const output = mkdtempSync(join(parent, unfinished));
  try {
    await buildGoModule({ module, source, output, env, signal, say });
    renameSync(output, folder);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
  return folder;
}

/** Of what decides the programs: the versions and digests of all modules in them. */
function digestOf(source: string): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(join(source, file)));
  return digest.digest('hex').slice(0, 16);
}
