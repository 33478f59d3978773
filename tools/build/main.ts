import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { workerSources } from '#core/runtime/worker.ts';
import { HostError } from '#tools/host/errors.ts';
import { lockFile } from '#tools/host/file-lock.ts';
import { onPath, requirePackages } from '#tools/host/packages.ts';
import { bundle } from './bundle.ts';
import { executable } from './executable.ts';
import { programs } from './programs.ts';
import { version } from './version.ts';

const folder = join('dist', `${process.platform}-${process.arch}`);

/** Builds every program into dist/<os>-<arch>/; those that are current stay. Resolves to the exit code. */
async function main(): Promise<number> {
  try {
    if (!onPath('strip')) await requirePackages(['binutils']);
    const waiting = () => void process.stderr.write('another build is running; waiting for it\n');
    await using _ = await lockFile(resolve('dist/.lock'), waiting);
    const stamp = version();
    for (const program of programs) {
      const begin = performance.now();
      const main = await bundle(program.entry, stamp);
      const assets: Record<string, string> = {};
      for (const worker of program.workers)
        assets[`${worker}.cjs`] = await bundle(workerSources[worker], stamp);
      for (const folder of program.assets)
        for (const name of globSync(`${folder}/**/*.yaml`, { cwd: 'manifests' }).sort())
          assets[name] = readFileSync(join('manifests', name), 'utf8');
      const output = join(folder, program.name);
      const written = await executable({ main, assets, nodeFlags: program.nodeFlags }, output);
      const seconds = ((performance.now() - begin) / 1000).toFixed(1);
      if (program.name.startsWith('kubectl-')) await writeCompletion(program.name);
      process.stderr.write(`${output}: ${written ? `built in ${seconds} s` : 'up to date'}\n`);
    }
    return 0;
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    process.stderr.write(`error: ${message}\n${error instanceof HostError ? `hint: ${hint}\n` : ''}`);
    return 1;
  }
}

/** What kubectl runs to complete the words after a plugin's name: kubectl_complete-NAME beside it. */
async function writeCompletion(name: string): Promise<void> {
  const plugin = name.slice('kubectl-'.length);
  const file = join(folder, `kubectl_complete-${plugin}`);
  await writeFile(file, `#!/bin/sh\nexec kubectl ${plugin} __complete "$@"\n`, { mode: 0o755 });
}

process.exitCode = await main();
