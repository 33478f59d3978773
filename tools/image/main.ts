import { join } from 'node:path';
import { buildImage } from './build-image.ts';
import { ImageError } from './errors.ts';
import { programImage } from './program-image.ts';

const folder = join('dist', `${process.platform}-${process.arch}`);
const programs = ['offload-agent', 'gslb-sidecar'];

/**
 * Writes an image of every program that runs in clusters, as `npm run build` left it, to dist/<os>-<arch>/<name>.tar;
 * a line on stdout for each: the file, then the image's name. Resolves to the exit code.
 */
async function main(): Promise<number> {
  try {
    for (const program of programs) {
      const file = join(folder, program);
      const recipe = programImage(file);
      await buildImage({ ...recipe, output: `${file}.tar` });
      process.stdout.write(`${file}.tar ${recipe.reference}\n`);
    }
    return 0;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const hint = error instanceof ImageError ? error.hint : code === 'ENOENT' ? 'npm run build' : undefined;
    process.stderr.write(`error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
    return 1;
  }
}

process.exitCode = await main();
