import { expect, test } from 'vitest';
import { defineCommand, type Program } from './command.ts';
import { CliError } from './errors.ts';
import { runProgram } from './run-program.ts';

const fleet = defineCommand({
  positionals: '[NAME]...',
  description: 'Shows the fleet.',
  examples: [{ does: 'everything', line: 'kubectl demo fleet -A' }],
  flags: { wide: { type: 'boolean', alias: 'w', describe: 'show more' } },
  run: async ({ flags, args, io }) => {
    if (args[0] === 'fail')
      throw new CliError('cluster', 'cannot list: refused', {
        hint: 'start it',
        cause: new Error('ECONNREFUSED'),
      });
    io.stdout.write(`${JSON.stringify({ wide: flags.wide, namespace: flags.namespace, args })}\n`);
    return 3;
  },
});

const program: Program = {
  name: 'demo',
  summary: 'A demonstration.',
  version: 'v1.2.3',
  commands: [
    { name: 'fleet', summary: 'show the fleet', load: async () => fleet },
    {
      name: 'broken',
      summary: 'is never loaded',
      load: async () => {
        throw new Error('must not be loaded');
      },
    },
  ],
};

async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runProgram(program, argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: {},
    isTTY: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

test('the version of the plugin needs no command to be loaded', async () => {
  expect(await run('--version')).toEqual({ code: 0, out: 'v1.2.3\n', err: '' });
  expect(await run('version', '--client')).toEqual({ code: 0, out: 'Client Version: v1.2.3\n', err: '' });
});

test.each([[[]], [['--help']], [['-h']], [['help']]])('%j prints the help of the program', async (argv) => {
  const { code, out, err } = await run(...argv);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('Usage:\n  kubectl demo COMMAND [flags]\n');
  expect(out).toContain('  fleet    show the fleet\n  broken   is never loaded\n');
});

test.each([[['fleet', '--help']], [['fleet', 'x', '-h']], [['help', 'fleet']]])(
  '%j prints the help of the command, examples first',
  async (argv) => {
    const { code, out } = await run(...argv);
    expect(code).toBe(0);
    expect(out.startsWith('Shows the fleet.\n\nExamples:\n  # everything\n  kubectl demo fleet -A\n')).toBe(
      true,
    );
    expect(out).toContain('Usage:\n  kubectl demo fleet [NAME]... [flags]\n');
    expect(out).toMatch(/\n {2}-w, --wide +show more\n/);
    expect(out).toMatch(/\n {2}-n, --namespace NAMESPACE +look in this namespace/);
    expect(out).toMatch(/\n {6}-v LEVEL +verbosity/);
  },
);

test('flags may stand before the command, and its exit code is passed on', async () => {
  expect(await run('-n', 'podinfo', 'fleet', '-w', 'a')).toEqual({
    code: 3,
    out: '{"wide":true,"namespace":"podinfo","args":["a"]}\n',
    err: '',
  });
});

test.each<[string[], string]>([
  [
    ['flete'],
    'error: unknown command "flete" of kubectl demo\nhint: did you mean fleet? kubectl demo --help lists the commands\n',
  ],
  [['xyz'], 'error: unknown command "xyz" of kubectl demo\nhint: kubectl demo --help lists the commands\n'],
  [
    ['-n', 'x'],
    'error: kubectl demo: a command is missing after -n\nhint: kubectl demo --help lists the commands\n',
  ],
  [['fleet', '--wdie'], 'error: unknown flag --wdie\nhint: did you mean --wide?\n'],
])('%j is a usage error: exit code 2, nothing on stdout', async (argv, err) => {
  expect(await run(...argv)).toEqual({ code: 2, out: '', err });
});

test('an error is what, why and a hint; -v adds the cause', async () => {
  expect(await run('fleet', 'fail')).toEqual({
    code: 1,
    out: '',
    err: 'error: cannot list: refused\nhint: start it\n',
  });
  expect((await run('fleet', 'fail', '-v1')).err).toBe(
    'error: cannot list: refused\ncause: ECONNREFUSED\nhint: start it\n',
  );
});

test('after Ctrl-C the exit code is 130 and the failure that it caused is not shown', async () => {
  const stop = new AbortController();
  stop.abort();
  let err = '';
  const code = await runProgram(program, ['fleet', 'fail'], {
    stdout: { write: () => true },
    stderr: { write: (text) => (err += text) },
    env: {},
    isTTY: false,
    signal: stop.signal,
  });
  expect({ code, err }).toEqual({ code: 130, err: '' });
});
