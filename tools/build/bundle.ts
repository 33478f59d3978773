import { build } from 'esbuild';

const moduleUrl = '__moduleUrl';

/**
 * One CommonJS file with everything that `entry` imports. `import.meta.main` is true in it: only entries ask.
 * @throws esbuild's BuildFailure, which names file and line.
 */
export async function bundle(entry: string, version: string): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node26',
    format: 'cjs',
    minify: true,
    legalComments: 'none',
    logLevel: 'silent',
    define: {
      'import.meta.url': moduleUrl,
      'import.meta.main': 'true',
      VERSION: JSON.stringify(version),
    },
    banner: { js: `const ${moduleUrl}=require("node:url").pathToFileURL(__filename).href;` },
  });
  return (result.outputFiles[0] as { text: string }).text;
}
