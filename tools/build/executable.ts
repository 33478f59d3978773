import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What goes into a single executable: CommonJS text. */
export interface Parts {
  readonly main: string;
  /** Text by asset name. */
  readonly assets: Readonly<Record<string, string>>;
  /** Flags of Node that it runs with. */
  readonly nodeFlags: readonly string[];
}

/** Node's own settings of a single executable (nodejs.org/api/single-executable-applications.html). */
const settings = {
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  // NODE_OPTIONS of a user must not run inside it.
  execArgvExtension: 'none',
};

/**
 * Writes a Node single executable for this platform to `output`, unless it was made from the same parts already
 * (`output`.made-from holds their digest). Resolves to whether it was written. Runs `strip`, for a file of 117
 * instead of 150 MB. One at a time per output.
 */
export async function executable(parts: Parts, output: string): Promise<boolean> {
  const madeFrom = createHash('sha256')
    .update(JSON.stringify([process.version, settings, parts]))
    .digest('hex');
  const record = `${output}.made-from`;
  if (existsSync(output) && (await readFile(record, 'utf8').catch(() => '')) === madeFrom) return false;
  await mkdir(dirname(output), { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), 'interspan-build-'));
  try {
    const node = join(scratch, 'node');
    await copyFile(process.execPath, node);
    // Only before injection: a stripped single executable crashes.
    await run('strip', [node]);
    const assets: Record<string, string> = {};
    for (const [index, [name, text]] of Object.entries(parts.assets).entries()) {
      // Names may hold slashes.
      assets[name] = join(scratch, `asset-${index}`);
      await writeFile(assets[name], text);
    }
    const main = join(scratch, 'main.cjs');
    await writeFile(main, parts.main);
    const config = {
      ...settings,
      execArgv: parts.nodeFlags,
      main,
      assets,
      executable: node,
      output: join(scratch, 'out'),
    };
    await writeFile(join(scratch, 'sea.json'), JSON.stringify(config));
    await run(process.execPath, ['--build-sea', join(scratch, 'sea.json')]);
    await rm(record, { force: true });
    // A running program keeps its file: the new one takes the name.
    await copyFile(join(scratch, 'out'), `${output}.new`);
    await rename(`${output}.new`, output);
    await writeFile(record, madeFrom);
    return true;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
