import { expect, test } from 'vitest';
import { main } from './main.ts';

async function run(...argv: string[]) {
  let out = '';
  let err = '';
  const code = await main(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: { KUBECONFIG: '/nonexistent' },
    isTTY: false,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

const commands = [
  'install',
  'generate',
  'peer',
  'status',
  'namespace',
  'unoffload',
  'unpeer',
  'uninstall',
  'version',
];

test.each(commands)('%s has help with examples, without a cluster', async (command) => {
  const { code, out, err } = await run(command, '--help');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('\nExamples:\n  # ');
  expect(out).toContain(`\nUsage:\n  kubectl offload ${command}`);
});

test.each([
  [['version', '--client'], 0, /^Client Version: \S+\n$/, /^$/],
  [['version', '--client', '-o', 'json'], 0, /"kind": "OffloadVersion"/, /^$/],
  [['peer'], 2, /^$/, /an invitation of the provider is needed\nhint: .*--remote-kubeconfig/],
  [['peer', 'a', 'b', '--token', '-'], 2, /^$/, /takes one name/],
  [['peer', 'a', '--token', '-', '--remote-kubeconfig', 'x'], 2, /^$/, /exclude each other/],
  [['generate'], 2, /^$/, /hint: kubectl offload generate peer-command/],
  [['unpeer'], 2, /^$/, /takes the name of one cluster/],
  [['unpeer', 'out-of-band'], 2, /^$/, /takes the name of one cluster/],
  [['unoffload', 'shop'], 2, /^$/, /hint: kubectl offload unoffload namespace NAME/],
  [['install', 'kind'], 2, /^$/, /takes no arguments/],
  [['install', '--timeout=soon'], 2, /^$/, /is not a duration/],
  [['status'], 1, /^$/, /there is no kubeconfig/],
  [['status', '--context', 'a', '--context', 'b'], 2, /^$/, /one cluster at a time/],
  [['namespace', 'shop', '-o', 'yaml'], 0, /^---\napiVersion: offloading.liqo.io\/v1beta1\n/, /^$/],
])('%j: exit code %i', async (argv, code, out, err) => {
  const result = await run(...argv);
  expect(result.code).toBe(code);
  expect(result.out).toMatch(out);
  expect(result.err).toMatch(err);
});
