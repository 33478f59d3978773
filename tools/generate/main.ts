import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generatedFiles } from './files.ts';

const root = join(import.meta.dirname, '../..');
const check = process.argv.includes('--check');

/** Writes every generated file; with --check only says which are not current, and exits 1 then. */
const stale: string[] = [];
for (const { path, content } of generatedFiles()) {
  const file = join(root, path);
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found === content) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
if (check && stale.length > 0) {
  process.stderr.write(`not current: ${stale.join(', ')}\nRun: npm run generate\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(stale.length === 0 ? 'all current\n' : `wrote ${stale.join(', ')}\n`);
}
