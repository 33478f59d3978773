import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { customKinds } from '#core/api/custom-kinds.ts';
import { generatedFiles } from './files.ts';

const root = join(import.meta.dirname, '../..');
const files = generatedFiles();

test.each(files)('$path is what `npm run generate` writes', ({ path, content }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(content);
});

test('no file is left over in a generated folder', () => {
  const folders = [...new Set(files.map((file) => dirname(file.path)))];
  const found = folders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}`),
  );
  expect(found.sort()).toEqual(files.map((file) => file.path).sort());
});

test('every kind has a CRD in one folder', () => {
  const names = files.map((file) => file.path.split('/').at(-1));
  for (const { resource } of customKinds) {
    expect(names.filter((name) => name === `${resource.plural}.${resource.group}.yaml`)).toHaveLength(1);
  }
});
