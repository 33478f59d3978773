import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What goes into a single executable. */
export interface Parts {
  readonly main: string;
  /** Text by asset name. */
  readonly assets: Readonly<Record<string, string>>;
}

/**
 * Writes a Node single executable for this platform to `output`, unless it was made from the same parts already
 * (`output`.made-from holds their digest). Resolves to whether it was written. Needs `strip` for a file of 117
 * instead of 150 MB.
 */
export async function executable(parts: Parts, output: string): Promise<boolean> {
  const madeFrom = digest(parts);
  const record = `${output}.made-from`;
  if ((await readFile(record, 'utf8').catch(() => '')) === madeFrom) return false;
  await mkdir(dirname(output), { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'interspan-build-'));
  try {
    const node = join(scratch, 'node');
    await copyFile(process.execPath, node);
    // Only before injection: a stripped single executable crashes.
    await run('strip', [node]);
    const assets: Record<string, string> = {};
    for (const [name, text] of Object.entries(parts.assets)) {
      assets[name] = join(scratch, name);
      await writeFile(assets[name], text);
    }
    await writeFile(join(scratch, 'main.cjs'), parts.main);
    const config = {
      main: join(scratch, 'main.cjs'),
      output: join(scratch, 'out'),
      executable: node,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      // NODE_OPTIONS of a user must not run inside it.
      execArgvExtension: 'none',
      assets,
    };
    await writeFile(join(scratch, 'sea.json'), JSON.stringify(config));
    await run(process.execPath, ['--build-sea', join(scratch, 'sea.json')]);
    await rm(record, { force: true });
    await copyFile(join(scratch, 'out'), `${output}.new`);
    await rename(`${output}.new`, output);
    await writeFile(record, madeFrom);
    return true;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const digest = (parts: Parts): string =>
  createHash('sha256')
    .update(JSON.stringify([process.version, parts]))
    .digest('hex');
