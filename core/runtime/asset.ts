import { readFileSync } from 'node:fs';
import { getAsset, isSea } from 'node:sea';

/**
 * Text of a file below manifests/, named by its path there (`offload/rbac.yaml`): from source the file, in a single
 * executable the asset that the build embedded (`assets` of the program in tools/build/programs.ts). Throws where there
 * is none.
 */
export function asset(name: string): string {
  if (isSea()) return getAsset(name, 'utf8');
  return readFileSync(new URL(`../../manifests/${name}`, import.meta.url), 'utf8');
}
