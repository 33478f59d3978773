import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineCommand, type Program } from './command.ts';
import { runProgram } from './run-program.ts';

const fleet = defineCommand({
  positionals: 'NAME',
  description: 'Shows the fleet.',
  examples: [],
  flags: {
    output: { type: 'string', alias: 'o', placeholder: 'FORMAT', choices: ['json', 'yaml'], describe: 'how' },
    token: { type: 'string', placeholder: 'FILE|-', describe: 'what' },
    wide: { type: 'boolean', alias: 'w', describe: 'more' },
  },
  complete: async ({ args, flags }) => [`eu-${args.length}`, `us-${flags['output']?.join('+') ?? ''}\tthere`],
  run: async () => 0,
});
const program: Program = {
  name: 'demo',
  summary: 'A demonstration.',
  version: 'v1.2.3',
  flagTexts: { namespace: 'not used' },
  commands: [
    { name: 'eu', summary: 'named as an argument', load: async () => fleet },
    { name: 'fleet', summary: 'show the fleet', load: async () => fleet },
    {
      name: 'down',
      summary: 'cannot ask',
      load: async () => ({ ...fleet, complete: async () => Promise.reject(new Error('no cluster')) }),
    },
  ],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'interspan-complete-'));
  const contexts = ['near', 'far'].map((name) => `- { name: ${name}, context: { cluster: c, user: u } }`);
  writeFileSync(
    join(folder, 'config'),
    `apiVersion: v1\nkind: Config\ncurrent-context: near\nclusters:\n- { name: c, cluster: { server: "https://127.0.0.1:1" } }\nusers:\n- { name: u, user: {} }\ncontexts:\n${contexts.join('\n')}\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function offered(...words: string[]): Promise<string> {
  let out = '';
  let err = '';
  const code = await runProgram(program, ['__complete', ...words], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: { KUBECONFIG: join(folder, 'config') },
    isTTY: false,
    signal: new AbortController().signal,
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

test.each<[string[], string]>([
  [[''], 'eu\tnamed as an argument\nfleet\tshow the fleet\ndown\tcannot ask\n:4\n'],
  [['fl'], 'fleet\tshow the fleet\n:4\n'],
  [['fleet', ''], 'eu-0\nus-\tthere\n:4\n'],
  [['fleet', 'eu', ''], 'eu-1\nus-\tthere\n:4\n'],
  [['-n', 'eu', 'fleet', '-w', '-o', 'json', 'us'], 'us-json\tthere\n:4\n'],
  [['fleet', '-o', ''], 'json\nyaml\n:4\n'],
  [['fleet', '--output=y'], '--output=yaml\n:4\n'],
  [['fleet', '--na'], '--namespace\tnot used\n:4\n'],
  [['fleet', '--context', ''], 'near\nfar\n:4\n'],
  [['fleet', '--kubeconfig', '/nowhere', '--context', ''], ':4\n'],
  [['fleet', '--token', ''], ':0\n'],
  [['down', ''], ':4\n'],
  [['nonsense', ''], 'eu\tnamed as an argument\nfleet\tshow the fleet\ndown\tcannot ask\n:4\n'],
])('%j is completed as kubectl reads it', async (words, expected) => {
  expect(await offered(...words)).toBe(expected);
});

test('no words at all are the first word', async () => {
  expect(await offered()).toContain('fleet\tshow the fleet\n');
});
