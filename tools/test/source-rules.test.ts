import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Files of the programs, which are bundled into single executables: CommonJS, one file, no source beside it. */
const product = globSync('{agent,core,plugins,sidecar}/**/*.ts').filter(
  (path) => !/\.(test|fixture)\.ts$/.test(path),
);

const filesWith = (pattern: RegExp, paths: readonly string[]) =>
  paths.filter((path) => pattern.test(readFileSync(path, 'utf8')));

describe('rules that the linter cannot express', () => {
  it('only core/runtime asks whether it runs from source or from a single executable', () => {
    const found = filesWith(/'node:sea'|import\.meta\.(?!main\b)/, product);
    expect(found).toEqual(['core/runtime/asset.ts', 'core/runtime/worker.ts']);
  });

  it('only an entry asks whether it is the entry: the build answers yes for the whole bundle', () => {
    const found = filesWith(/import\.meta\.main/, product);
    expect(found.filter((path) => !path.endsWith('/main.ts'))).toEqual([]);
    expect(found).not.toEqual([]);
  });

  it('scripts only find Node and start a program: at most 30 lines', () => {
    const scripts = globSync('scripts/*');
    expect(scripts).toContain('scripts/test');
    for (const path of scripts)
      expect(readFileSync(path, 'utf8').trimEnd().split('\n').length, path).toBeLessThanOrEqual(30);
  });
});
