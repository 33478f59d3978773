import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { main as agent } from '#agent/main.ts';
import type { Io } from '#plugins/cli/io.ts';
import { main as gslb } from '#plugins/gslb/main.ts';
import { main as offload } from '#plugins/offload/main.ts';

async function helpOf(program: (argv: string[], io: Io) => Promise<number>, ...words: string[]) {
  let out = '';
  const code = await program([...words, '--help'], {
    stdout: { write: (text) => (out += text) },
    stderr: { write: () => true },
    env: {},
    isTTY: false,
    signal: new AbortController().signal,
  });
  expect(code).toBe(0);
  return out;
}

/** A document's sections by their title; that before the first title is ''. */
function sections(document: string): ReadonlyMap<string, string> {
  const [head = '', ...rest] = readFileSync(`docs/reference/${document}`, 'utf8').split(/^## /m);
  return new Map([
    ['', head],
    ...rest.map((section) => [/^.*/.exec(section)?.[0] ?? '', section] as [string, string]),
  ]);
}

/** First and second cells of the rows of a section that begin with a flag, as `flag default`. */
function flagRows(section: string | undefined): string[] {
  const unquoted = (cell = '') => cell.trim().replace(/^`|`$/g, '').replaceAll('\\|', '|');
  return [...(section ?? '').matchAll(/^\| (`-(?:[^|\n]|\\\|)*`) \| ([^|\n]*) ?\|/gm)]
    .map(([, flag, value]) => `${unquoted(flag)} ${unquoted(value)}`.trim())
    .sort();
}

/** The same of a help text, where `title` stands over them. */
function helpRows(help: string, title: string): string[] {
  const [, block = ''] = new RegExp(`^${title}\\n((?: .*\\n)+)`, 'm').exec(help) ?? [];
  return [...block.matchAll(/^ +(-.*?) {3,}(.*)$/gm)]
    .map(([, flag = '', does = '']) => `${flag} ${/\(default (\S+)\)$/.exec(does)?.[1] ?? ''}`.trim())
    .sort();
}

const commands = [...sections('kubectl-offload.md').keys()].filter((title) => /^[a-z]+$/.test(title));

test('docs/reference/kubectl-offload.md has every command', async () => {
  const [, listed = ''] = /^Commands:\n((?: .*\n)+)/m.exec(await helpOf(offload)) ?? [];
  expect(commands).toEqual([...listed.matchAll(/^ +(\S+)/gm)].map(([, name]) => name));
});

test.each(commands)('flags and defaults of kubectl offload %s are in its reference', async (command) => {
  const reference = sections('kubectl-offload.md');
  const help = await helpOf(offload, command);
  const flags = helpRows(help, 'Flags:');
  expect(flags).not.toEqual([]);
  expect(flagRows(reference.get(command))).toEqual(flags);
  expect(flagRows(reference.get(''))).toEqual(helpRows(help, 'Flags of every command:'));
});

test.each(['status', 'version'])(
  'kubectl gslb %s takes every flag that its reference names',
  async (command) => {
    const section = sections('kubectl-gslb-status.md').get(command) ?? '';
    const help = await helpOf(gslb, command);
    const named = [...new Set(section.match(/--[a-z][a-z-]+/g))].filter((flag) => flag !== '--version');
    expect(named).not.toEqual([]);
    expect(named.filter((flag) => !new RegExp(`${flag}( |$)`, 'm').test(help))).toEqual([]);
  },
);

test('flags of offload-agent are in its reference', async () => {
  const help = await helpOf(agent);
  const [, block = ''] = /^Flags:\n((?: .*\n)+)/m.exec(help) ?? [];
  const flags = block.match(/--[a-z][a-z-]*/g)?.sort();
  expect(
    sections('offload-agent.md')
      .get('Flags')
      ?.match(/--[a-z][a-z-]*/g)
      ?.sort(),
  ).toEqual(flags);
  for (const [flag, value] of [...block.matchAll(/(--[a-z]+) .*\(default (\d\S+)\)/g)].map((row) =>
    row.slice(1),
  ))
    expect(sections('offload-agent.md').get('Flags')).toMatch(
      new RegExp(`\`${flag} ADDR:PORT\` \\| \`${value}\``),
    );
});
